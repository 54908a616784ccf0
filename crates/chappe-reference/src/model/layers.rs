use std::fmt;

/// The first layer of which a listing was observed.
pub(super) const OLDEST_LAYER: i32 = 158;

/// Observed layers from `first` to `last`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LayerRange {
    /// The first observed layer that has it.
    pub first: i32,
    /// The last observed layer that has it.
    pub last: i32,
}

/// Layers that had a shape: one range, or several if it went and came back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Layers(Vec<LayerRange>);

impl Layers {
    /// From the first to the last layer of the record.
    pub fn whole() -> Self {
        Self(vec![LayerRange { first: OLDEST_LAYER, last: chappe_api::LAYER }])
    }

    /// From one layer on.
    pub fn since(layer: i32) -> Self {
        Self(vec![LayerRange { first: layer, last: layer }])
    }

    /// Reads `158-193,204-232`.
    pub fn parse(text: &str) -> Option<Self> {
        let range = |text: &str| {
            let (first, last) = text.split_once('-')?;
            let range = LayerRange { first: first.parse().ok()?, last: last.parse().ok()? };
            (range.first <= range.last).then_some(range)
        };
        text.split(',').map(range).collect::<Option<_>>().map(Self)
    }

    /// The ranges, oldest first.
    pub fn ranges(&self) -> &[LayerRange] {
        &self.0
    }

    /// The first layer.
    pub fn first(&self) -> i32 {
        self.0.first().map_or(0, |range| range.first)
    }

    /// The last layer.
    pub fn last(&self) -> i32 {
        self.0.last().map_or(0, |range| range.last)
    }

    /// What the record says: `since layer 166`, `up to layer 160`; what was there when it begins may be older.
    pub fn in_words(&self) -> String {
        let newest = chappe_api::LAYER;
        let words = self.0.iter().map(|range| match (range.first, range.last) {
            (OLDEST_LAYER, last) if last == newest => {
                format!("in all observed layers ({OLDEST_LAYER} or earlier)")
            }
            (OLDEST_LAYER, last) => format!("up to layer {last}"),
            (first, last) if last == newest => format!("since layer {first}"),
            (first, last) if first == last => format!("in layer {first}"),
            (first, last) => format!("in layers {first}–{last}"),
        });
        words.collect::<Vec<_>>().join(", ")
    }

    /// Whether it was there when the record begins: it may be older.
    pub fn is_from_the_start(&self) -> bool {
        self.first() == OLDEST_LAYER
    }
}

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, range) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(", ")?;
            }
            if range.first == range.last {
                write!(f, "{}", range.first)?;
            } else {
                write!(f, "{}–{}", range.first, range.last)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_say_no_more_than_what_was_observed() {
        let words = |text: &str| Layers::parse(text).unwrap().in_words();
        assert_eq!(Layers::whole().in_words(), "in all observed layers (158 or earlier)");
        assert_eq!(words("158-160"), "up to layer 160");
        assert_eq!(words("166-232"), "since layer 166");
        assert_eq!(words("232-232"), "since layer 232");
        assert_eq!(words("216-216"), "in layer 216");
        assert_eq!(words("166-181"), "in layers 166–181");
        assert_eq!(words("158-193,204-232"), "up to layer 193, since layer 204");
    }
}
