//! `api.tl`, `history.tl` and `layers.tsv`: the newest layer, what went before, and which layers had what.
//!
//! A definition is known by its id. Each listing says which ids its layer had. The plain listings are
//! believed both ways; the JSON ones are supersets, so a sighting in one counts only if a neighbouring
//! plain listing has the id too, or if the id is seen nowhere but between two neighbouring plain listings.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;

use super::line::Definition;
use super::listing::{self, Listing};
use super::packages::{Fetched, NEWEST};
use crate::Result;

/// The three files, and what the tables need of them.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) api: String,
    pub(crate) history: String,
    pub(crate) layers: String,
    /// Names of the newest layer's methods.
    pub(crate) methods: BTreeSet<String>,
}

/// One id over the layers.
#[derive(Debug)]
struct Life {
    definition: Definition,
    /// Indexes of the listings that have it, ascending.
    sightings: Vec<usize>,
}

impl Life {
    /// The unbroken runs of observed layers, as `158-193,204-232`: an id can go and come back.
    fn runs(&self, layers: &[u16]) -> String {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for &at in &self.sightings {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == at => *last = at,
                _ => runs.push((at, at)),
            }
        }
        let layer = |at: usize| layers.get(at).copied().unwrap_or_default();
        let words: Vec<_> =
            runs.iter().map(|&(first, last)| format!("{}-{}", layer(first), layer(last))).collect();
        words.join(",")
    }
}

/// Builds the files from every listing.
pub(crate) fn build(fetched: &[Fetched]) -> Result<Built> {
    let mut listings = Vec::new();
    for package in fetched {
        listings.extend(listing::read(package)?);
    }
    let newest = listings.last().ok_or("there is no listing")?;
    let source = fetched
        .iter()
        .find(|f| f.package.name == NEWEST)
        .ok_or("the newest layer's package is not pinned")?;
    let original = source.text(source.package.file)?;
    let lives = lives(&listings);
    let layers: Vec<_> = listings.iter().map(|l| l.layer).collect();
    let current: HashSet<u32> = newest.definitions.iter().map(|d| d.id).collect();
    Ok(Built {
        api: api(&original, newest.layer),
        history: history(&lives, &current, &layers),
        layers: layers_of_current(&lives, newest, &layers),
        methods: newest.definitions.iter().filter(|d| d.is_method).map(|d| d.name.clone()).collect(),
    })
}

/// The newest layer in the server's order, without comments and built-in types.
fn api(original: &str, layer: u16) -> String {
    let mut out = format!(
        "// Telegram API schema, made by `cargo xtask schema`: do not edit, see SOURCES.md.\n\
         // Order is the server's own; constructors come first, methods after the functions marker.\n\
         // Built into the parser, so not listed: int, long, double, string, bytes, int128, int256,\n\
         // boolFalse#bc799737, boolTrue#997275b5, true#3fedd339, vector#1cb5c415, error#c4b9f9bb, null#56730bcc.\n\
         // LAYER {layer}\n\n"
    );
    let mut is_separated = true;
    for line in original.lines().map(str::trim) {
        if line == "---functions---" {
            out += if is_separated { "" } else { "\n" };
            out += "---functions---\n\n";
            is_separated = true;
        } else if line.is_empty() && !is_separated {
            out.push('\n');
            is_separated = true;
        } else if let Some(definition) = Definition::parse(line, false)
            && !definition.is_built_in()
        {
            out += &definition.render();
            out.push('\n');
            is_separated = false;
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// The sightings of every id, with the newest wording of the best listing.
fn lives(listings: &[Listing]) -> BTreeMap<u32, Life> {
    let ids: Vec<HashSet<u32>> =
        listings.iter().map(|l| l.definitions.iter().map(|d| d.id).collect()).collect();
    let mut lives: BTreeMap<u32, Life> = BTreeMap::new();
    let mut plain_words = HashSet::new();
    for (index, listing) in listings.iter().enumerate() {
        for definition in &listing.definitions {
            if !listing.plain && !is_believed(definition.id, index, listings, &ids) {
                continue;
            }
            let life = lives
                .entry(definition.id)
                .or_insert_with(|| Life { definition: definition.clone(), sightings: Vec::new() });
            if life.sightings.last() != Some(&index) {
                life.sightings.push(index);
            }
            if listing.plain || !plain_words.contains(&definition.id) {
                life.definition = definition.clone();
            }
            if listing.plain {
                plain_words.insert(definition.id);
            }
        }
    }
    lives
}

/// Whether the sighting of an id in the JSON listing at `index` counts.
fn is_believed(id: u32, index: usize, listings: &[Listing], ids: &[HashSet<u32>]) -> bool {
    let plain = |at: &usize| listings.get(*at).is_some_and(|l| l.plain);
    let has = |at: usize| ids.get(at).is_some_and(|set| set.contains(&id));
    let below = (0..index).rev().find(plain);
    let above = (index..listings.len()).find(plain);
    if below.is_some_and(has) || above.is_some_and(has) {
        return true;
    }
    let inside = below.map_or(0, |b| b + 1)..above.unwrap_or(listings.len());
    (0..listings.len()).all(|at| inside.contains(&at) || !has(at))
}

/// Everything the newest layer no longer has, by name, oldest first.
fn history(lives: &BTreeMap<u32, Life>, current: &HashSet<u32>, layers: &[u16]) -> String {
    let mut out = format!(
        "// Shapes that older API layers had and the newest has not, made by `cargo xtask schema`: do not edit.\n\
         //\n\
         // `// A-B` after a definition: the observed layers A to B have it; `// A-B,C-D`: it went and came back.\n\
         // Layers observed:\n\
         {}\n\
         // So a shape with A = {first} may be older, and one with B = 198 may have lived until 203. For a layer in\n\
         // between, the observed layer below it speaks. What api.tl has is not repeated here: layers.tsv says which\n\
         // layers had it. An id that lived in several layers is written as the last of them had it: flags without\n\
         // bytes (`flags.N?true`) can be added without a new id.\n\
         //\n\
         // HISTORY {first}-{last}\n",
        wrapped(layers),
        first = layers.first().copied().unwrap_or_default(),
        last = layers.last().copied().unwrap_or_default(),
    );
    for (is_method, marker) in [(false, "---types---"), (true, "---functions---")] {
        let mut part: Vec<_> = lives
            .values()
            .filter(|life| life.definition.is_method == is_method)
            .filter(|life| !current.contains(&life.definition.id))
            .collect();
        part.sort_by(|a, b| {
            let key = |life: &Life| (life.definition.name.clone(), life.sightings.clone());
            key(a).cmp(&key(b))
        });
        let _ = write!(out, "\n{marker}\n\n");
        for life in part {
            let _ = writeln!(out, "{} // {}", life.definition.render(), life.runs(layers));
        }
    }
    out
}

/// The observed layers as comment lines of bearable width.
fn wrapped(layers: &[u16]) -> String {
    let lines: Vec<String> = layers
        .chunks(20)
        .map(|chunk| {
            let words: Vec<_> = chunk.iter().map(u16::to_string).collect();
            format!("// {}", words.join(" "))
        })
        .collect();
    lines.join("\n")
}

/// The layers of each definition of the newest layer that not every observed layer has.
fn layers_of_current(lives: &BTreeMap<u32, Life>, newest: &Listing, layers: &[u16]) -> String {
    let mut rows: Vec<_> = newest
        .definitions
        .iter()
        .filter_map(|d| Some((lives.get(&d.id)?, d)))
        .filter(|(life, _)| life.sightings.len() < layers.len())
        .collect();
    rows.sort_by_key(|(life, d)| (life.sightings.first().copied(), d.is_method, d.name.clone()));
    let mut out = String::from("layers\tid\tname\n");
    for (life, definition) in rows {
        let runs = life.runs(layers);
        let _ = writeln!(out, "{runs}\t{:x}\t{}", definition.id, definition.name);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::line::parse_text;
    use super::*;

    fn listing(layer: u16, plain: bool, text: &str) -> Listing {
        Listing { layer, plain, definitions: parse_text(text) }
    }

    fn runs(lives: &BTreeMap<u32, Life>, id: u32, layers: &[u16]) -> Option<String> {
        lives.get(&id).map(|life| life.runs(layers))
    }

    #[test]
    fn a_superset_listing_does_not_lengthen_a_life() {
        let lives = lives(&[
            listing(1, true, "a#1 = A;\n"),
            listing(2, true, "b#2 = A;\n"),
            listing(3, false, "a#1 = A;\nb#2 = A;\nc#3 = A;\nd#4 = A;\n"),
            listing(4, true, "b#2 = A;\nd#4 = A;\n"),
            listing(5, false, "a#1 = A;\nb#2 = A;\n"),
            listing(6, true, "a#1 = A;\nb#2 = A;\n"),
        ]);
        let runs = |id| runs(&lives, id, &[1, 2, 3, 4, 5, 6]).unwrap();
        assert_eq!(runs(1), "1-1,5-6", "it went and came back");
        assert_eq!(runs(2), "2-6");
        assert_eq!(runs(3), "3-3", "seen in one gap only");
        assert_eq!(runs(4), "3-4", "confirmed from above");
    }

    #[test]
    fn old_shapes_are_listed_with_their_layers() {
        let listings = [
            listing(1, true, "a#1 x:int = A;\nb#2 = B;\n"),
            listing(2, true, "a#3 x:long = A;\nb#2 = B;\n---functions---\nm#4 = B;\n"),
        ];
        let lives = lives(&listings);
        let current = HashSet::from([3, 2, 4]);
        let text = history(&lives, &current, &[1, 2]);
        assert!(text.contains("\na#1 x:int = A; // 1-1\n"), "{text}");
        assert!(!text.contains("b#2"));
        assert_eq!(
            layers_of_current(&lives, &listings[1], &[1, 2]),
            "layers\tid\tname\n2-2\t3\ta\n2-2\t4\tm\n"
        );
    }

    #[test]
    fn the_api_keeps_order_and_loses_prose() {
        let text = api(
            "true#3fedd339 = True;\n\n// about a\nb#2 = A;\n\n\na#1 = A;\n---functions---\nm#4 = A;\n",
            7,
        );
        assert!(
            text.ends_with("// LAYER 7\n\nb#2 = A;\n\na#1 = A;\n\n---functions---\n\nm#4 = A;\n"),
            "{text}"
        );
    }
}
