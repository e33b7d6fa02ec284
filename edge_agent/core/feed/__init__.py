"""What shops hand over as files, row by row: sales, stock counts, the catalogue, the planogram."""
