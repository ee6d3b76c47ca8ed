//! `control=1,treatment=1`: the planned shares of the traffic.

use std::str::FromStr;

/// The planned shares of the traffic, in any unit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weights(pub Vec<(String, f64)>);

impl FromStr for Weights {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut weights: Vec<(String, f64)> = Vec::new();
        for pair in text.split(',') {
            let (name, weight) =
                pair.rsplit_once('=').ok_or_else(|| format!("`{pair}` is no VARIANT=WEIGHT, such as control=1"))?;
            let number = weight.trim().trim_end_matches('%').parse::<f64>();
            let weight = match number {
                Ok(weight) if weight.is_finite() && weight >= 0.0 => weight,
                _ => return Err(format!("`{weight}` is no weight: write 0 or a positive number")),
            };
            let name = name.trim().to_owned();
            if weights.iter().any(|(known, _)| *known == name) {
                return Err(format!("`{name}` has two weights"));
            }
            weights.push((name, weight));
        }
        if weights.iter().all(|(_, weight)| *weight == 0.0) {
            return Err("one variant at least needs a weight above 0".into());
        }
        Ok(Self(weights))
    }
}

impl Weights {
    /// The weight of a variant, if it is named.
    pub fn of(&self, variant: &str) -> Option<f64> {
        self.0.iter().find(|(known, _)| known == variant).map(|(_, weight)| *weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_named() {
        let read = |text: &str| text.parse::<Weights>().map(|weights| weights.0);
        assert_eq!(read("a=1, b=2.5").unwrap(), [("a".into(), 1.0), ("b".into(), 2.5)]);
        assert_eq!(read("a=b=50%,c=50%").unwrap(), [("a=b".into(), 50.0), ("c".into(), 50.0)]);
        assert!(read("a").unwrap_err().contains("control=1"));
        assert!(read("a=-1").unwrap_err().contains("no weight"));
        assert!(read("a=1,a=2").unwrap_err().contains("two weights"));
        assert!(read("a=0,b=0").unwrap_err().contains("above 0"));
    }
}
