"""Writers of DICOM objects, one kind each; equal content gives equal bytes."""
