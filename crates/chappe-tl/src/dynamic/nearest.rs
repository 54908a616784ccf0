//! Which name somebody may have meant.

/// Longer names are not compared: the work grows with the square of the length.
const MAX_NAME_LEN: usize = 100;

/// Names less similar than this are no help.
const MIN_SIMILARITY: f64 = 0.6;

/// The candidate most similar to `name`, whatever the case of letters and with or without its namespace: for "did you
/// mean". `None` if none comes close.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    if name.len() > MAX_NAME_LEN {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let similarity = |candidate: &str| strsim::normalized_damerau_levenshtein(&name, candidate);
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let lower = candidate.to_ascii_lowercase();
        let mut score = similarity(&lower);
        if !name.contains('.')
            && let Some((_, short)) = lower.rsplit_once('.')
        {
            score = score.max(0.99 * similarity(short));
        }
        // `chat` for `chat_id`: too short to be similar, and yet clear.
        if name.len() >= 3 && lower.starts_with(&name) {
            score = score.max(MIN_SIMILARITY);
        }
        if score >= MIN_SIMILARITY && best.is_none_or(|(other, _)| score > other) {
            best = Some((score, candidate));
        }
    }
    best.map(|(_, candidate)| candidate.to_owned())
}

/// Enough of a text for an error message.
pub(super) fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
