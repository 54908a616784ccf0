//! The templates and what they may call.

use std::cell::RefCell;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, Error};
use serde::Serialize;

use super::highlight::Highlighter;
use super::{html, markdown};
use crate::page::Page;

/// A page that could not be written: a mistake in a template, which a test would have found.
#[derive(Debug, thiserror::Error)]
#[error("the page {path} cannot be written: {source:#}")]
pub struct RenderError {
    /// The page.
    pub path: String,
    /// What the template engine says.
    pub source: Error,
}

const TEMPLATES: &[(&str, &str)] = &[
    ("base.html", include_str!("../../templates/base.html")),
    ("parts.html", include_str!("../../templates/parts.html")),
    ("method.html", include_str!("../../templates/method.html")),
    ("type.html", include_str!("../../templates/type.html")),
    ("page.html", include_str!("../../templates/page.html")),
    ("constructor.html", include_str!("../../templates/constructor.html")),
    ("error.html", include_str!("../../templates/error.html")),
    ("guide.html", include_str!("../../templates/guide.html")),
    ("home.html", include_str!("../../templates/home.html")),
    ("list.html", include_str!("../../templates/list.html")),
    ("id.html", include_str!("../../templates/id.html")),
    ("404.html", include_str!("../../templates/404.html")),
    ("parts.md", include_str!("../../templates/parts.md")),
    ("method.md", include_str!("../../templates/method.md")),
    ("type.md", include_str!("../../templates/type.md")),
    ("constructor.md", include_str!("../../templates/constructor.md")),
    ("error.md", include_str!("../../templates/error.md")),
    ("guide.md", include_str!("../../templates/guide.md")),
    ("llms.txt", include_str!("../../templates/llms.txt")),
];

/// Writes pages.
#[derive(Debug)]
pub struct Renderer {
    environment: Environment<'static>,
}

impl Renderer {
    /// A renderer.
    ///
    /// # Errors
    /// A template is not as it should be.
    pub fn new() -> Result<Self, RenderError> {
        let mut environment = Environment::new();
        // With the markers as they are by default there is nothing that could be wrong.
        if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
            environment.set_syntax(syntax);
        }
        let highlighter = std::sync::Arc::new(Highlighter::new());
        let block = std::sync::Arc::clone(&highlighter);
        environment.add_filter("words", move |text: &str| {
            Value::from_safe_string(html::words(&block, &path(), text, false))
        });
        let inline = std::sync::Arc::clone(&highlighter);
        environment.add_filter("inline", move |text: &str| {
            Value::from_safe_string(html::words(&inline, &path(), text, true))
        });
        environment.add_filter("code", move |text: &str, language: &str| {
            Value::from_safe_string(html::code_block(&highlighter, language, text))
        });
        environment.add_filter("href", |to: &str| safe(&html::resolve(&path(), to, ".html")));
        environment.add_filter("asset", |to: &str| safe(&html::relative(&path(), to)));
        environment.add_filter("md", |text: &str| markdown::words(&path(), text));
        environment.add_filter("cell", |text: &str| markdown::cell(&path(), text));
        environment.add_filter("mdhref", |to: &str| html::resolve(&path(), to, ".md"));
        environment.add_filter("name", |text: &str| markdown::escape(text));
        environment.add_filter("breaks", |text: &str| Value::from_safe_string(html::breaks(text)));
        environment.add_filter("plain", |text: &str| markdown::plain(text));
        environment.add_filter("thousands", thousands);
        for (name, source) in TEMPLATES {
            let added = environment.add_template(name, source);
            added.map_err(|source| RenderError { path: (*name).to_owned(), source })?;
        }
        Ok(Self { environment })
    }

    /// A page as HTML.
    ///
    /// # Errors
    /// A template is not as it should be.
    pub fn html(&self, page: &Page) -> Result<String, RenderError> {
        self.render(&format!("{}.html", page.kind()), page.path(), page)
    }

    /// A page as Markdown.
    ///
    /// # Errors
    /// A template is not as it should be.
    pub fn markdown(&self, page: &Page) -> Result<String, RenderError> {
        let text = self.render(&format!("{}.md", page.kind()), page.path(), page)?;
        Ok(format!("{}\n", text.trim()))
    }

    pub(crate) fn render(
        &self,
        template: &str,
        path: &str,
        page: impl Serialize,
    ) -> Result<String, RenderError> {
        PATH.set(path.to_owned());
        let render = || {
            let context = minijinja::context! {
                page => Value::from(Serde(page)),
                path => path,
                version => env!("CARGO_PKG_VERSION"),
                layer => chappe_api::LAYER,
            };
            self.environment.get_template(template)?.render(context)
        };
        render().map_err(|source| RenderError { path: path.to_owned(), source })
    }
}

thread_local! {
    /// The page that this thread is writing: macros of other files do not see what a template was called with.
    static PATH: RefCell<String> = const { RefCell::new(String::new()) };
}

/// An address that needs no more escaping: that of the engine takes slashes for harmful.
fn safe(address: &str) -> Value {
    Value::from_safe_string(html::escape(address))
}

/// The page that is being written.
fn path() -> String {
    PATH.with_borrow(Clone::clone)
}

/// `1714` as `1,714`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut result = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            result.push(',');
        }
        result.push(digit);
    }
    result
}
