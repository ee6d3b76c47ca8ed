//! Places inside a scalar: from a byte of the text that was read to a byte of the file.
