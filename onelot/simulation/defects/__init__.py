"""Defects that real batch records have, to be planted in good ones. One module a theme, one function a defect."""
