"""DICOM-RT files to arrays and back: geometry, contours, dose grids, DVHs."""
