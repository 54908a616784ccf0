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
    /// What each module brings in by `use`, by the name that it has there: the path as it is written.
    pub(super) imports: HashMap<Vec<String>, HashMap<String, Vec<String>>>,
    /// All modules.
    pub(super) modules: HashSet<Vec<String>>,
    /// The server's own enums: who calls makes the variants of others.
    pub(super) enums: HashSet<String>,
    /// The names of errors wherever they stand, constants and tables of macros included.
    pub(super) all_names: HashSet<String>,
}

/// A function.
#[derive(Default)]
pub(super) struct Function {
    pub(super) name: String,
    /// The modules that it stands in, from the top.
    pub(super) modules: Vec<String>,
    /// The type that it belongs to.
    pub(super) owner: Option<String>,
    /// How many arguments it takes, without `self`.
    pub(super) takes: usize,
    pub(super) calls: Vec<Call>,
    pub(super) names: Vec<Names>,
    /// Variants that it makes.
    pub(super) makes: HashSet<String>,
}

/// A call, or a function that is handed on.
pub(super) enum Call {
    /// By a path, as it is written.
    Path(Vec<String>),
    /// On a value.
    Method {
        name: String,
        /// How many arguments it has; a macro does not say.
        gives: Option<usize>,
        /// What the value is called: the last word of `call.world.store`.
        on: Option<String>,
    },
}

/// Names of errors of which one is given.
#[derive(Clone)]
pub(super) struct Names {
    pub(super) all: Vec<String>,
    /// The enum and the variant in whose arm of a `match` they stand.
    pub(super) variant: Option<(String, String)>,
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
            sources.modules.insert(modules.to_vec());
            let modules = modules.to_vec();
            let mut visitor = Visitor { modules, owner: None, stack: Vec::new(), variant: None, sources };
            visitor.visit_file(&file);
        }
    }
    Ok(())
}

struct Visitor<'a> {
    modules: Vec<String>,
    owner: Option<String>,
    stack: Vec<Function>,
    variant: Option<(String, String)>,
    sources: &'a mut Sources,
}

impl Visitor<'_> {
    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let (modules, owner) = (self.modules.clone(), self.owner.clone());
        let name = signature.ident.to_string();
        let takes = signature.inputs.iter().filter(|it| matches!(it, syn::FnArg::Typed(_))).count();
        self.stack.push(Function { name, modules, owner, takes, ..Function::default() });
        self.visit_block(block);
        self.sources.functions.extend(self.stack.pop());
    }

    /// What stands in a constant is given by whoever names it.
    fn constant(&mut self, name: &syn::Ident, value: &syn::Expr) {
        let (modules, owner) = (self.modules.clone(), self.owner.clone());
        self.stack.push(Function { name: name.to_string(), modules, owner, ..Function::default() });
        self.visit_expr(value);
        self.sources.functions.extend(self.stack.pop());
    }

    fn names(&mut self, all: Vec<String>) {
        let variant = self.variant.clone();
        self.sources.all_names.extend(all.iter().cloned());
        if let Some(function) = self.stack.last_mut().filter(|_| !all.is_empty()) {
            function.names.push(Names { all, variant });
        }
    }

    /// The name of an enum where it stands, which may be `use`d by another.
    fn enum_name(&self, name: &str) -> String {
        let imports = self.sources.imports.get(&self.modules);
        let whole = imports.and_then(|imports| imports.get(name)).and_then(|path| path.last());
        match whole {
            Some(whole) => whole.clone(),
            None if name == "Self" => self.owner.clone().unwrap_or_default(),
            None => name.to_owned(),
        }
    }

    fn call(&mut self, path: Vec<String>) {
        // `table.insert(f::messages::GetStickerSet::CONSTRUCTOR_ID, …)`: the handler stands here.
        if let ([first, query @ .., last], Some(function)) = (&path[..], self.stack.last())
            && first == "f"
            && last == "CONSTRUCTOR_ID"
        {
            let handler = self.modules.iter().cloned().chain([function.name.clone()]).collect();
            self.sources.handlers.push((query.concat(), handler));
        }
        if let (Some(function), Some(name)) = (self.stack.last_mut(), path.last()) {
            function.makes.insert(name.clone());
            function.calls.push(Call::Path(path));
        }
    }

    /// What stands in the arguments of a macro: names, and words that may be calls or variants.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let (mut path, mut on_value) = (Vec::new(), false);
        for (place, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                        self.names(error_name(&text.value()).into_iter().collect());
                    }
                }
                TokenTree::Ident(ident) => {
                    path.push(ident.to_string());
                    match tokens.get(place + 1) {
                        Some(TokenTree::Punct(punct)) if punct.as_char() == ':' => continue,
                        Some(TokenTree::Group(_)) if on_value => {
                            let name = ident.to_string();
                            if let Some(function) = self.stack.last_mut() {
                                function.calls.push(Call::Method { name, gives: None, on: None });
                            }
                        }
                        Some(TokenTree::Group(_)) => self.call(path.clone()),
                        _ => {
                            if let Some(function) = self.stack.last_mut() {
                                function.makes.insert(ident.to_string());
                            }
                        }
                    }
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => continue,
                TokenTree::Punct(punct) => {
                    on_value = punct.as_char() == '.';
                    path.clear();
                    continue;
                }
            }
            on_value = false;
            path.clear();
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
        let imports = self.sources.imports.entry(self.modules.clone()).or_default();
        import(&item.tree, &mut Vec::new(), imports);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            self.modules.push(item.ident.to_string());
            self.sources.modules.insert(self.modules.clone());
            visit::visit_item_mod(self, item);
            self.modules.pop();
        }
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.sources.enums.insert(item.ident.to_string());
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
            self.function(&item.sig, &item.block);
            self.owner = owner;
        }
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.constant(&item.ident, &item.expr);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.constant(&item.ident, &item.expr);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
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
        let own = path.and_then(|path| match &segments(path)[..] {
            [.., name, variant] => Some((self.enum_name(name), variant.clone())),
            _ => None,
        });
        self.variant = own.or_else(|| before.clone());
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
        self.call(segments(&item.path));
    }

    fn visit_expr_struct(&mut self, item: &'ast syn::ExprStruct) {
        self.call(segments(&item.path));
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
            let on = last_word(&item.receiver);
            function.calls.push(Call::Method { name, gives: Some(item.args.len()), on });
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

/// The names that a `use` brings, each with its path.
fn import(tree: &syn::UseTree, before: &mut Vec<String>, imports: &mut HashMap<String, Vec<String>>) {
    let mut add = |name: String, last: &syn::Ident| {
        let mut path = before.clone();
        // `use a::{self}` brings `a`.
        if last != "self" {
            path.push(last.to_string());
        }
        let name = if name == "self" { path.last().cloned().unwrap_or_default() } else { name };
        imports.insert(name, path);
    };
    match tree {
        syn::UseTree::Path(path) => {
            before.push(path.ident.to_string());
            import(&path.tree, before, imports);
            before.pop();
        }
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| import(tree, before, imports)),
        syn::UseTree::Name(name) => add(name.ident.to_string(), &name.ident),
        syn::UseTree::Rename(rename) => add(rename.rename.to_string(), &rename.ident),
        syn::UseTree::Glob(_) => {}
    }
}

fn segments(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

/// What a value is called: `store` for `call.world.store`.
fn last_word(value: &syn::Expr) -> Option<String> {
    match value {
        syn::Expr::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        syn::Expr::Field(field) => match &field.member {
            syn::Member::Named(name) => Some(name.to_string()),
            syn::Member::Unnamed(_) => None,
        },
        syn::Expr::Reference(inner) => last_word(&inner.expr),
        syn::Expr::Paren(inner) => last_word(&inner.expr),
        _ => None,
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
    if let Some((before, number)) = name.rsplit_once('_')
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        name = format!("{before}_%d");
    }
    let letters = name.replace("%d", "");
    let plain =
        letters.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    // `INTERNAL_` is how some begin.
    (plain && letters.len() > 4 && letters.contains('_') && !name.ends_with('_')).then_some(name)
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
        assert_eq!(error_name("FLOOD_WAIT_1").as_deref(), Some("FLOOD_WAIT_%d"));
        assert_eq!(error_name("SELECT"), None);
        assert_eq!(error_name("INTERNAL_"), None);
        assert_eq!(error_name("the storage failed"), None);
    }

    #[test]
    fn every_name_that_a_use_brings_is_kept_with_its_path() {
        let file: syn::ItemUse = syn::parse_str("use a::{self, b::c as d, E};").unwrap();
        let mut imports = HashMap::new();
        import(&file.tree, &mut Vec::new(), &mut imports);
        let path = |name: &str| imports.get(name).map(|path| path.join("::"));
        assert_eq!(path("a").as_deref(), Some("a"));
        assert_eq!(path("d").as_deref(), Some("a::b::c"));
        assert_eq!(path("E").as_deref(), Some("a::E"));
    }
}
