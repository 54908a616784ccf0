//! The site: a file for every page in three forms, lists, search, and what they need.

mod build;
mod lists;
mod records;

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use serde::Serialize;

use crate::page::{Catalogue, Link, Page, constructor_path, error_path, guide_path, method_path, type_path};
use crate::render::{RenderError, Renderer};

pub use build::{Built, SiteError, build};

/// Files that are the same for every site.
const ASSETS: &[(&str, &str)] = &[
    ("assets/early.js", include_str!("../../assets/early.js")),
    ("assets/icon.svg", include_str!("../../assets/icon.svg")),
    ("assets/minisearch.js", include_str!("../../assets/vendor/minisearch.js")),
    ("assets/minisearch-LICENSE.txt", include_str!("../../assets/vendor/minisearch-LICENSE.txt")),
    ("assets/site.css", include_str!("../../assets/site.css")),
    ("assets/site.js", include_str!("../../assets/site.js")),
];

/// Pages that only lead to others.
const LISTS: [&str; 5] =
    ["methods/index", "types/index", "constructors/index", "errors/index", "guides/index"];

/// What a site is made of. Any file of it can be had alone.
#[derive(Debug)]
pub struct Site<'a> {
    catalogue: &'a Catalogue<'a>,
    renderer: Renderer,
    /// The numbers of pages by path.
    pages: HashMap<String, usize>,
    /// The pages of definitions by id, old ones included.
    ids: BTreeMap<u32, Vec<Link>>,
    /// What search looks through, made when it is first asked for.
    records: OnceLock<String>,
}

impl<'a> Site<'a> {
    /// A site of everything in a catalogue.
    ///
    /// # Errors
    /// A template is not as it should be.
    pub fn new(catalogue: &'a Catalogue<'a>) -> Result<Self, RenderError> {
        let model = catalogue.model();
        let paths = model.methods().iter().map(method_path);
        let paths = paths.chain(model.types().iter().map(type_path));
        let paths = paths.chain(model.constructors().iter().map(constructor_path));
        let paths = paths.chain(model.errors().iter().map(|error| error_path(&error.name)));
        let paths = paths.chain(catalogue.prose().guides().iter().map(|guide| guide_path(&guide.name)));
        let pages = paths.enumerate().map(|(number, path)| (path, number)).collect();
        Ok(Self {
            catalogue,
            renderer: Renderer::new()?,
            pages,
            ids: ids(catalogue),
            records: OnceLock::new(),
        })
    }

    /// The text of the file at this path, such as `methods/messages.sendEncryptedService.html`; `None` if there is none.
    ///
    /// # Errors
    /// A template is not as it should be.
    pub fn file(&self, path: &str) -> Result<Option<String>, RenderError> {
        if let Some((_, text)) = ASSETS.iter().find(|(name, _)| *name == path) {
            return Ok(Some((*text).to_owned()));
        }
        if path == "assets/records.js" {
            let make = || {
                let pages = (0..self.catalogue.len()).filter_map(|number| self.catalogue.page(number));
                records::script(pages.map(|page| records::record(&page)))
            };
            return Ok(Some(self.records.get_or_init(make).clone()));
        }
        if let Some(name) = path.strip_prefix("guides/") {
            let figure = self.catalogue.prose().figures().find(|(figure, _)| *figure == name);
            if let Some((_, text)) = figure {
                return Ok(Some(text.to_owned()));
            }
        }
        if let Some(id) = path.strip_prefix("id/").and_then(|name| name.strip_suffix(".html")) {
            let known = u32::from_str_radix(id, 16).ok().filter(|number| self.ids.contains_key(number));
            return known.map(|id| self.id_page(id)).transpose();
        }
        match path {
            "llms.txt" => return self.llms().map(Some),
            "404.html" => return self.renderer.render("404.html", "404", ()).map(Some),
            "index.html" => return self.home().map(Some),
            _ => {}
        }
        let Some((stem, ending)) = path.rsplit_once('.') else { return Ok(None) };
        if LISTS.contains(&stem) && ending == "html" {
            return self.list(stem).map(Some);
        }
        let Some(page) = self.pages.get(stem).and_then(|number| self.catalogue.page(*number)) else {
            return Ok(None);
        };
        Ok(match ending {
            "html" => Some(self.renderer.html(&page)?),
            "md" => Some(self.renderer.markdown(&page)?),
            "json" => Some(json(&page)),
            _ => None,
        })
    }

    fn id_page(&self, id: u32) -> Result<String, RenderError> {
        let hex = format!("{id:08x}");
        let path = format!("id/{hex}");
        let links = self.ids.get(&id).map_or(&[][..], Vec::as_slice);
        self.renderer.render("id.html", &path, IdPage { id: hex, links })
    }

    /// The three forms of a page.
    fn forms(&self, page: &Page) -> Result<[(String, String); 3], RenderError> {
        let path = page.path();
        Ok([
            (format!("{path}.html"), self.renderer.html(page)?),
            (format!("{path}.md"), self.renderer.markdown(page)?),
            (format!("{path}.json"), json(page)),
        ])
    }

    /// The paths of all files that are no form of a page.
    fn other_files(&self) -> Vec<String> {
        let fixed = ["index.html", "404.html", "llms.txt"].map(str::to_owned);
        let lists = LISTS.map(|list| format!("{list}.html"));
        let assets = ASSETS.iter().map(|(name, _)| (*name).to_owned());
        let figures = self.catalogue.prose().figures().map(|(name, _)| format!("guides/{name}"));
        let ids = self.ids.keys().map(|id| format!("id/{id:08x}.html"));
        fixed.into_iter().chain(lists).chain(assets).chain(figures).chain(ids).collect()
    }
}

/// What leads from an id to its pages.
#[derive(Serialize)]
struct IdPage<'a> {
    id: String,
    links: &'a [Link],
}

fn json(page: &Page) -> String {
    // Strings, numbers and lists: nothing that JSON has not.
    serde_json::to_string_pretty(page).unwrap_or_default() + "\n"
}

/// The pages that speak of each id.
fn ids(catalogue: &Catalogue<'_>) -> BTreeMap<u32, Vec<Link>> {
    let model = catalogue.model();
    let mut ids: BTreeMap<u32, Vec<Link>> = BTreeMap::new();
    let mut add = |id: u32, name: &str, path: String, part: bool| {
        let path = if part { format!("{path}#id-{id:08x}") } else { path };
        ids.entry(id).or_default().push(Link { name: name.to_owned(), path });
    };
    for method in model.methods() {
        add(method.definition.id, method.name(), method_path(method), false);
        for shape in &method.other_shapes {
            add(shape.definition.id, method.name(), method_path(method), true);
        }
    }
    for constructor in model.constructors() {
        add(constructor.definition.id, constructor.name(), constructor_path(constructor), false);
        for shape in &constructor.other_shapes {
            add(shape.definition.id, constructor.name(), constructor_path(constructor), true);
        }
    }
    for links in ids.values_mut() {
        links.sort();
        links.dedup();
    }
    ids
}
