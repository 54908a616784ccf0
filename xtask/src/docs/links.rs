//! Every link of the site, of its pages in Markdown and of `llms.txt`, leads to a file, and every `#part` to something of
//! that name in it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

use crate::Result;

/// How many broken links are named.
const MAX_NAMED: usize = 20;

/// What a page links to, and what in it can be linked to.
struct Page {
    links: Vec<String>,
    parts: HashSet<String>,
}

/// Follows all links.
///
/// # Errors
/// A link is broken, or a file cannot be read.
pub(super) fn check(site: &Path) -> Result<()> {
    let (mut files, mut pages) = (HashSet::new(), HashMap::new());
    read(site, &mut PathBuf::new(), &mut files, &mut pages)?;
    let (mut count, mut broken) = (0, BTreeSet::new());
    for (name, page) in &pages {
        for link in page.links.iter().filter(|link| !link.contains("://") && !link.starts_with("data:")) {
            count += 1;
            let (to, part) = link.split_once('#').unwrap_or((link, ""));
            let goal = if to.is_empty() { name.clone() } else { normal(&name.with_file_name("").join(to)) };
            let found = match pages.get(&goal) {
                // Markdown names its parts by its headings: those of the twin are what can be linked to.
                Some(page) if goal.extension().is_some_and(|ending| ending == "md") => {
                    let twin = pages.get(&goal.with_extension("html")).unwrap_or(page);
                    part.is_empty() || twin.parts.contains(part)
                }
                Some(page) => part.is_empty() || page.parts.contains(part),
                None => part.is_empty() && files.contains(&goal),
            };
            if !found {
                broken.insert(format!("{}: {link}", name.display()));
            }
        }
    }
    for link in broken.iter().take(MAX_NAMED) {
        println!("broken link in {link}");
    }
    println!("{count} links in {} pages, {} broken", pages.len(), broken.len());
    if broken.is_empty() { Ok(()) } else { Err(format!("{} links are broken", broken.len()).into()) }
}

fn read(
    site: &Path,
    inner: &mut PathBuf,
    files: &mut HashSet<PathBuf>,
    pages: &mut HashMap<PathBuf, Page>,
) -> Result<()> {
    for entry in std::fs::read_dir(site.join(&*inner))? {
        let entry = entry?;
        inner.push(entry.file_name());
        if entry.path().is_dir() {
            read(site, inner, files, pages)?;
        } else {
            let ending = inner.extension().and_then(|ending| ending.to_str());
            if let Some("md" | "txt") = ending {
                let text = std::fs::read_to_string(entry.path())?;
                let page = Page { links: markdown_links(&text), parts: HashSet::new() };
                pages.insert(inner.clone(), page);
            } else if ending == Some("html") {
                let text = std::fs::read_to_string(entry.path())?;
                let links = [" href=\"", " src=\""].iter().flat_map(|mark| values(&text, mark));
                let parts = values(&text, " id=\"").collect();
                pages.insert(inner.clone(), Page { links: links.collect(), parts });
            }
            files.insert(inner.clone());
        }
        inner.pop();
    }
    Ok(())
}

/// The values of an attribute. The site's own pages are all of one form, and programs in them have no bare quotes.
fn values<'a>(text: &'a str, mark: &'a str) -> impl Iterator<Item = String> + 'a {
    text.split(mark)
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(value, _)| value.replace("&amp;", "&"))
}

/// Where the links of a text in Markdown lead to; what stands in code is none.
fn markdown_links(text: &str) -> Vec<String> {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let links = Parser::new_ext(text, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            Some(dest_url.into_string())
        }
        _ => None,
    });
    links.collect()
}

/// A path without `..`.
fn normal(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(result.pop()),
            Component::CurDir => {}
            other => result.push(other),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_parts_of_a_page_are_found() {
        let text = "<a href=\"../a.html#b\" id=\"c\">x</a> &lt;a href=&quot;no&quot;>";
        assert_eq!(values(text, " href=\"").collect::<Vec<_>>(), ["../a.html#b"]);
        assert_eq!(values(text, " id=\"").collect::<Vec<_>>(), ["c"]);
        let markdown = "| a |\n| - |\n| [b](../b.md#c) |\n\n```\n[no](no)\n```\n- [d](e.md): f\n";
        assert_eq!(markdown_links(markdown), ["../b.md#c", "e.md"]);
        assert_eq!(normal(Path::new("methods/../types/A.html")), Path::new("types/A.html"));
    }
}
