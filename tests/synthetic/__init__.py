"""What tests are made of: DICOM-RT objects, treatment sets and small two-course patients."""
