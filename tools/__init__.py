"""What the people who build memstore run; none of it is installed with the service."""
