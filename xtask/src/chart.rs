//! Charts of bars, as SVG that reads well on light and dark pages.

use std::fmt::Write as _;

/// One bar.
pub(crate) struct Bar {
    name: String,
    value: f64,
    is_limit: bool,
}

impl Bar {
    pub(crate) fn new(name: &str, value: f64) -> Self {
        Self { name: name.to_owned(), value, is_limit: false }
    }

    /// What the machine could do at best.
    pub(crate) fn limit(name: &str, value: f64) -> Self {
        Self { is_limit: true, ..Self::new(name, value) }
    }
}

/// Bars below a title, from the left.
pub(crate) struct Chart {
    pub(crate) title: &'static str,
    pub(crate) bars: Vec<Bar>,
    pub(crate) decimals: usize,
}

const WIDTH: f64 = 640.0;
const NAMES: f64 = 170.0;
const NUMBERS: f64 = 80.0;
const ROW: usize = 28;
const HEAD: usize = 44;

impl Chart {
    pub(crate) fn svg(&self) -> String {
        let height = HEAD + self.bars.len() * ROW + 12;
        let longest = self.bars.iter().map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
             font-family=\"sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"{title}\">\n\
             <style>text{{fill:#24292f}}.bar{{fill:#3b7dd8}}.limit{{fill:#9aa4af}}\
             @media(prefers-color-scheme:dark){{text{{fill:#d0d7de}}.bar{{fill:#6ca4ef}}.limit{{fill:#6e7781}}}}</style>\n\
             <text x=\"8\" y=\"24\" font-size=\"15\" font-weight=\"bold\">{title}</text>\n",
            title = self.title
        );
        for (n, bar) in self.bars.iter().enumerate() {
            let top = HEAD + n * ROW;
            let len = (WIDTH - NAMES - NUMBERS) * bar.value / longest;
            let class = if bar.is_limit { "limit" } else { "bar" };
            let _ = writeln!(
                svg,
                "<text x=\"{x}\" y=\"{base}\" text-anchor=\"end\">{name}</text>\
                 <rect class=\"{class}\" x=\"{NAMES}\" y=\"{top}\" width=\"{len:.1}\" height=\"{bar_height}\" rx=\"2\"/>\
                 <text x=\"{after:.1}\" y=\"{base}\">{value:.decimals$}</text>",
                x = NAMES - 8.0,
                base = top + 15,
                name = bar.name,
                bar_height = ROW - 8,
                after = NAMES + len + 6.0,
                value = bar.value,
                decimals = self.decimals,
            );
        }
        svg.push_str("</svg>\n");
        svg
    }
}
