//! The first page, the lists, and `llms.txt`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Site;
use crate::model::{Constructor, Origin};
use crate::page::{FlowStep, Link, Words, constructor_path, error_path, guide_path, method_path, type_path};
use crate::prose::{Kind, Target};
use crate::render::RenderError;

#[derive(Serialize)]
struct List {
    title: &'static str,
    lead: String,
    /// Whether names are in the letters of programs.
    code: bool,
    /// Whether it is long enough to be narrowed.
    filter: bool,
    groups: Vec<Group>,
}

#[derive(Serialize)]
struct Group {
    title: String,
    anchor: String,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    link: Link,
    summary: Option<Words>,
    /// A word beside the name.
    mark: Option<String>,
    good: bool,
}

#[derive(Serialize)]
struct Count {
    link: Link,
    count: usize,
}

#[derive(Serialize)]
struct FlowLine<'a> {
    title: &'a str,
    steps: Vec<FlowStep>,
}

#[derive(Serialize)]
struct Home<'a> {
    counts: [Count; 4],
    guides: Vec<Row>,
    flows: Vec<FlowLine<'a>>,
    namespaces: Vec<Count>,
}

#[derive(Serialize)]
struct Everything {
    groups: Vec<Group>,
}

impl Site<'_> {
    /// A list of pages.
    pub(super) fn list(&self, path: &str) -> Result<String, RenderError> {
        let model = self.catalogue.model();
        let list = match path {
            "methods/index" => List {
                title: "Methods",
                lead: format!(
                    "All {} methods of layer {} and of MTProto, by namespace. The embedded server answers {} of them.",
                    model.methods().len(),
                    chappe_api::LAYER,
                    model.methods().iter().filter(|method| method.served).count(),
                ),
                code: true,
                filter: true,
                groups: self.methods(),
            },
            "types/index" => List {
                title: "Types",
                lead: "What methods take and return: each type has one constructor or several.".to_owned(),
                code: true,
                filter: true,
                groups: self.types(),
            },
            "constructors/index" => List {
                title: "Constructors",
                lead: "The shapes of all types, with their ids.".to_owned(),
                code: true,
                filter: true,
                groups: self.constructors(),
            },
            "errors/index" => List {
                title: "Errors",
                lead: "What a call may be refused with, by code: what it means and what to do.".to_owned(),
                code: true,
                filter: true,
                groups: self.errors(),
            },
            _ => List {
                title: "Guides",
                lead: "How the parts work together.".to_owned(),
                code: false,
                filter: false,
                groups: self.guides(),
            },
        };
        self.renderer.render("list.html", path, list)
    }

    /// The first page.
    pub(super) fn home(&self) -> Result<String, RenderError> {
        let (model, prose) = (self.catalogue.model(), self.catalogue.prose());
        let count = |name: &str, path: &str, count| Count {
            link: Link { name: name.to_owned(), path: path.to_owned() },
            count,
        };
        let counts = [
            count("methods", "methods/index", model.methods().len()),
            count("types", "types/index", model.types().len()),
            count("constructors", "constructors/index", model.constructors().len()),
            count("errors", "errors/index", model.errors().len()),
        ];
        let flows = prose.flows().iter().map(|flow| {
            let step = |name: &String| {
                let path = method_path(model.method(name)?);
                Some(FlowStep { link: Link { name: name.clone(), path }, current: false })
            };
            FlowLine { title: &flow.title, steps: flow.steps.iter().filter_map(step).collect() }
        });
        let namespaces = self
            .methods()
            .into_iter()
            .map(|group| count(&group.title, &format!("methods/index#{}", group.anchor), group.rows.len()));
        let page = Home {
            counts,
            guides: self.guides().into_iter().flat_map(|group| group.rows).collect(),
            flows: flows.collect(),
            namespaces: namespaces.collect(),
        };
        self.renderer.render("home.html", "index", page)
    }

    /// The list of everything for programs that read.
    pub(super) fn llms(&self) -> Result<String, RenderError> {
        let mut groups = Vec::new();
        for (title, parts) in [
            ("Guides", self.guides()),
            ("Methods", self.methods()),
            ("Types", self.types()),
            ("Constructors", self.constructors()),
            ("Errors", self.errors()),
        ] {
            let rows = parts.into_iter().flat_map(|group| group.rows).collect();
            groups.push(Group { title: title.to_owned(), anchor: String::new(), rows });
        }
        self.renderer.render("llms.txt", "llms", Everything { groups })
    }

    fn row(&self, kind: Kind, origin: Origin, name: &str, path: String) -> Row {
        let target = Target { kind, origin, name: name.to_owned() };
        let summary = self.catalogue.summary(&target, "");
        Row { link: Link { name: name.to_owned(), path }, summary, mark: None, good: false }
    }

    fn methods(&self) -> Vec<Group> {
        let methods = self.catalogue.model().methods().iter().map(|method| {
            let mut row = self.row(Kind::Method, method.origin, method.name(), method_path(method));
            if method.origin == Origin::Api && method.served {
                (row.mark, row.good) = (Some("embedded server".to_owned()), true);
            }
            (heading(method.origin, method.definition.namespace()), row)
        });
        grouped(methods)
    }

    fn types(&self) -> Vec<Group> {
        let types = self.catalogue.model().types().iter().map(|ty| {
            let namespace = ty.name.rsplit_once('.').map(|(namespace, _)| namespace);
            (heading(ty.origin, namespace), self.row(Kind::Type, ty.origin, &ty.name, type_path(ty)))
        });
        grouped(types)
    }

    fn constructors(&self) -> Vec<Group> {
        let constructors = self.catalogue.model().constructors().iter().map(|it: &Constructor| {
            let mut row = self.row(Kind::Constructor, it.origin, it.name(), constructor_path(it));
            row.summary = self.catalogue.constructor_lead(it, "");
            row.mark = Some(format!("{:08x}", it.definition.id));
            (heading(it.origin, it.definition.namespace()), row)
        });
        grouped(constructors)
    }

    fn errors(&self) -> Vec<Group> {
        let errors = self.catalogue.model().errors().iter().map(|error| {
            let mut row = self.row(Kind::Error, Origin::Api, &error.name, error_path(&error.name));
            if self.catalogue.model().is_error_of_server(&error.name) {
                (row.mark, row.good) = (Some("embedded server".to_owned()), true);
            }
            let code = error.codes.first().copied().unwrap_or_default();
            ((0, format!("{code}"), format!("code-{}", code.unsigned_abs())), row)
        });
        grouped(errors)
    }

    fn guides(&self) -> Vec<Group> {
        let guides = self.catalogue.prose().guides().iter().map(|guide| Row {
            link: Link { name: guide.title.clone(), path: guide_path(&guide.name) },
            summary: self.catalogue.guide(guide).summary,
            mark: None,
            good: false,
        });
        vec![Group { title: "Guides".to_owned(), anchor: "all".to_owned(), rows: guides.collect() }]
    }
}

/// The group that a name belongs to: its order, its title, and its name in addresses.
fn heading(origin: Origin, namespace: Option<&str>) -> (u8, String, String) {
    match (origin, namespace) {
        (Origin::Mtproto, _) => (2, "MTProto".to_owned(), "mtproto".to_owned()),
        (Origin::Secret, _) => (3, "Secret chats".to_owned(), "secret".to_owned()),
        (Origin::Api, Some(namespace)) => (1, namespace.to_owned(), namespace.to_owned()),
        (Origin::Api, None) => (0, "Without namespace".to_owned(), "none".to_owned()),
    }
}

fn grouped(rows: impl Iterator<Item = ((u8, String, String), Row)>) -> Vec<Group> {
    let mut groups: BTreeMap<(u8, String, String), Vec<Row>> = BTreeMap::new();
    for (heading, row) in rows {
        groups.entry(heading).or_default().push(row);
    }
    let group = |((_, title, anchor), mut rows): (_, Vec<Row>)| {
        rows.sort_by(|a, b| a.link.name.cmp(&b.link.name));
        Group { title, anchor, rows }
    };
    groups.into_iter().map(group).collect()
}
