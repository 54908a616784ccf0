//! The functions of the server: what each calls, and the names of errors in it.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::Result;

/// Everything that matters in the sources.
#[derive(Default)]
pub(super) struct Sources {
    pub(super) functions: Vec<Function>,
    /// From the tables of methods: the query in Rust's spelling (`messages::SendMessage`), and the path of its handler.
    pub(super) handlers: Vec<(String, Vec<String>)>,
}

/// A function.
#[derive(Default)]
pub(super) struct Function {
    pub(super) name: String,
    /// The modules that it stands in, from the top.
    pub(super) modules: Vec<String>,
    /// The type that it belongs to.
    pub(super) owner: Option<String>,
    pub(super) calls: Vec<Call>,
    pub(super) names: Vec<Names>,
    /// Variants that it makes.
    pub(super) makes: HashSet<String>,
}

/// A call by name.
pub(super) struct Call {
    pub(super) name: String,
    /// What stands before the last `::`, or before the name in the `use` that brought it; `self` for neither.
    pub(super) qualifier: String,
    /// Whether it is called on a value: then there is no qualifier.
    pub(super) is_method: bool,
}

/// Names of errors of which one is given.
#[derive(Clone)]
pub(super) struct Names {
    pub(super) all: Vec<String>,
    /// The variant in whose arm of a `match` they stand.
    pub(super) variant: Option<String>,
}

/// Reads the sources below a folder.
pub(super) fn read(folder: &Path) -> Result<Sources> {
    let mut sources = Sources::default();
    read_folder(folder, &[], &mut sources)?;
    Ok(sources)
}

fn read_folder(folder: &Path, modules: &[String], sources: &mut Sources) -> Result<()> {
    let mut entries = std::fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let inner: Vec<String> = modules.iter().cloned().chain([stem.clone()]).collect();
        if path.is_dir() {
            read_folder(&path, &inner, sources)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") && stem != "tests" {
            let text = std::fs::read_to_string(&path)?;
            let file = syn::parse_file(&text).map_err(|error| format!("{}: {error}", path.display()))?;
            let modules = if matches!(&*stem, "mod" | "lib") { modules } else { &inner };
            let modules = modules.to_vec();
            let mut visitor = Visitor {
                modules,
                owner: None,
                stack: Vec::new(),
                variant: None,
                imports: HashMap::new(),
                sources,
            };
            visitor.visit_file(&file);
        }
    }
    Ok(())
}

struct Visitor<'a> {
    modules: Vec<String>,
    owner: Option<String>,
    stack: Vec<Function>,
    variant: Option<String>,
    /// What the file brings in: a name, and what stood before it.
    imports: HashMap<String, String>,
    sources: &'a mut Sources,
}

impl Visitor<'_> {
    fn function(&mut self, name: String, block: &syn::Block) {
        let (modules, owner) = (self.modules.clone(), self.owner.clone());
        self.stack.push(Function { name, modules, owner, ..Function::default() });
        self.visit_block(block);
        self.sources.functions.extend(self.stack.pop());
    }

    fn names(&mut self, all: Vec<String>) {
        let variant = self.variant.clone();
        if let Some(function) = self.stack.last_mut().filter(|_| !all.is_empty()) {
            function.names.push(Names { all, variant });
        }
    }

    fn call(&mut self, path: &syn::Path) {
        let mut segments = path.segments.iter().rev().map(|segment| segment.ident.to_string());
        let (Some(name), qualifier) = (segments.next(), segments.next()) else { return };
        let qualifier = qualifier.or_else(|| self.imports.get(&name).cloned()).unwrap_or("self".to_owned());
        if let Some(function) = self.stack.last_mut() {
            function.makes.insert(name.clone());
            function.calls.push(Call { name, qualifier, is_method: false });
        }
    }

    /// What stands in the arguments of a macro: names, and words that may be calls or variants.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (place, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                        self.names(error_name(&text.value()).into_iter().collect());
                    }
                }
                TokenTree::Ident(ident) => {
                    let called = matches!(tokens.get(place + 1), Some(TokenTree::Group(_)));
                    let name = ident.to_string();
                    let qualifier = self.imports.get(&name).cloned().unwrap_or("self".to_owned());
                    if let Some(function) = self.stack.last_mut() {
                        function.makes.insert(name.clone());
                        if called {
                            function.calls.push(Call { name, qualifier, is_method: false });
                        }
                    }
                }
                TokenTree::Punct(_) => {}
            }
        }
    }

    /// `method!(LoggedIn f::messages::SendMessage => messages::send_message::handle)`.
    fn handler(&mut self, tokens: &TokenStream) {
        let text = tokens.to_string().replace(' ', "");
        let Some((query, handler)) = text.split_once("=>") else { return };
        let Some((_, query)) = query.split_once("f::") else { return };
        let path = handler.split("::").map(str::to_owned).filter(|part| part != "super").collect();
        self.sources.handlers.push((query.replace("::", ""), path));
    }
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        import(&item.tree, "self", &mut self.imports);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            self.modules.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.modules.pop();
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if let syn::Type::Path(path) = &*item.self_ty {
            self.owner = path.path.segments.last().map(|segment| segment.ident.to_string());
        }
        visit::visit_item_impl(self, item);
        self.owner = None;
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_test(&item.attrs) {
            let owner = self.owner.take();
            self.function(item.sig.ident.to_string(), &item.block);
            self.owner = owner;
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(item.sig.ident.to_string(), &item.block);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let before = self.variant.take();
        let pattern = match &arm.pat {
            syn::Pat::Guard(guarded) => &*guarded.pat,
            pattern => pattern,
        };
        let path = match pattern {
            syn::Pat::Path(pattern) => Some(&pattern.path),
            syn::Pat::TupleStruct(pattern) => Some(&pattern.path),
            syn::Pat::Struct(pattern) => Some(&pattern.path),
            _ => None,
        };
        let own = path.filter(|path| path.segments.len() > 1).and_then(|path| path.segments.last());
        self.variant = own.map(|segment| segment.ident.to_string()).or_else(|| before.clone());
        self.visit_pat(&arm.pat);
        self.visit_expr(&arm.body);
        self.variant = before;
    }

    fn visit_pat(&mut self, pattern: &'ast syn::Pat) {
        // A pattern makes nothing; what guards it may call.
        if let syn::Pat::Guard(guarded) = pattern {
            self.visit_expr(&guarded.guard);
        }
    }

    fn visit_expr_path(&mut self, item: &'ast syn::ExprPath) {
        // A function may be handed on without being called here.
        self.call(&item.path);
    }

    fn visit_expr_struct(&mut self, item: &'ast syn::ExprStruct) {
        self.call(&item.path);
        visit::visit_expr_struct(self, item);
    }

    fn visit_expr_method_call(&mut self, item: &'ast syn::ExprMethodCall) {
        let name = item.method.to_string();
        if name == "refuse" {
            let literals = item.args.iter().flat_map(literals).collect();
            self.names(literals);
            self.visit_expr(&item.receiver);
            return;
        }
        if let Some(function) = self.stack.last_mut() {
            function.calls.push(Call { name, qualifier: String::new(), is_method: true });
        }
        visit::visit_expr_method_call(self, item);
    }

    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        self.names(error_name(&literal.value()).into_iter().collect());
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        if item.path.is_ident("method") {
            self.handler(&item.tokens);
        }
        self.tokens(item.tokens.clone());
    }
}

/// The names that a `use` brings, each with what stands before it.
fn import(tree: &syn::UseTree, before: &str, imports: &mut HashMap<String, String>) {
    match tree {
        syn::UseTree::Path(path) => import(&path.tree, &path.ident.to_string(), imports),
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| import(tree, before, imports)),
        syn::UseTree::Name(name) => {
            imports.insert(name.ident.to_string(), before.to_owned());
        }
        _ => {}
    }
}

/// The names in `&["A", "B"]`.
fn literals(argument: &syn::Expr) -> Vec<String> {
    struct Found(Vec<String>);
    impl<'ast> Visit<'ast> for Found {
        fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
            self.0.extend(error_name(&literal.value()));
        }
    }
    let mut found = Found(Vec::new());
    found.visit_expr(argument);
    found.0
}

/// A text that is the name of an error, with `%d` for what is put in.
fn error_name(text: &str) -> Option<String> {
    let mut name = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (_, after) = after.split_once('}')?;
        name.push_str(before);
        name.push_str("%d");
        rest = after;
    }
    name.push_str(rest);
    let letters = name.replace("%d", "");
    let plain =
        letters.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    (plain && letters.len() > 4 && letters.contains('_')).then_some(name)
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_errors_are_told_from_other_texts() {
        assert_eq!(error_name("CHAT_ID_INVALID").as_deref(), Some("CHAT_ID_INVALID"));
        assert_eq!(error_name("FILE_PART_{part}_MISSING").as_deref(), Some("FILE_PART_%d_MISSING"));
        assert_eq!(error_name("SELECT"), None);
        assert_eq!(error_name("the storage failed"), None);
    }
}
