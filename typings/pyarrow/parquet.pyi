from io import BytesIO
from pathlib import Path

from pyarrow import Table

def write_table(table: Table, where: BytesIO) -> None: ...
def read_table(source: Path) -> Table: ...
