//! Templates in content texts.
