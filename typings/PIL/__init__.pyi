from PIL import Image as Image
from PIL.Image import UnidentifiedImageError as UnidentifiedImageError
