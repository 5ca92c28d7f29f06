"""Tools of the people who build memstore; none of them is installed with the service."""
