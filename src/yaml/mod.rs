//! YAML with places: what serde_yaml read, and where each value stands.
