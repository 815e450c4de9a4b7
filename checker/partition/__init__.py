"""One exploration, larger than a machine: partitioned by hash, with an exchange once a level."""
