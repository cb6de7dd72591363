"""Work on many machines by dask.distributed, the ``cluster`` extra: blocks of paths, each written by its worker."""
