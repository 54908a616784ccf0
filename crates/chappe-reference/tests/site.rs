//! The site as a whole.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chappe_reference::page::Catalogue;
use chappe_reference::site::Site;
use chappe_reference::{Model, Prose};

#[test]
fn the_prose_of_the_tree_is_well_formed() {
    let model = Model::load().unwrap();
    let (_, problems) = Prose::embedded(&model);
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_page_of_a_method_is_there_in_three_forms() {
    let model = Model::load().unwrap();
    let (prose, _) = Prose::embedded(&model);
    let catalogue = Catalogue::new(&model, &prose, None);
    let site = Site::new(&catalogue).unwrap();
    let file = |path: &str| site.file(path).unwrap().unwrap_or_else(|| panic!("there is no {path}"));

    let html = file("methods/messages.sendEncryptedService.html");
    for part in [
        "<h1>messages.<wbr>send<wbr>Encrypted<wbr>Service</h1>",
        "#32d439a4",
        "../types/InputEncryptedChat.html",
        "Possible errors",
    ] {
        assert!(html.contains(part), "{part} is not in the page");
    }
    let markdown = file("methods/messages.sendEncryptedService.md");
    assert!(markdown.starts_with("# messages.SendEncryptedService\n\nHands the server"), "{markdown}");
    for part in [
        "## Parameters\n\n| Name | Type | Description |",
        "## Can bots use this method?\n\nNo\n",
        "## Related pages\n\n#### [",
    ] {
        assert!(markdown.contains(part), "{part} is not in the page:\n{markdown}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&file("methods/messages.sendEncryptedService.json")).unwrap();
    assert_eq!(json["kind"], "method");
    assert_eq!(json["params"][0]["type"]["path"], "types/InputEncryptedChat");

    assert!(file("id/32d439a4.html").contains("../methods/messages.sendEncryptedService.html"));
    assert!(file("secret/types/DecryptedMessage.html").contains("decryptedMessageService"));
    assert!(file("errors/FLOOD_WAIT_X.html").contains("FLOOD_WAIT_31"));
    assert!(file("llms.txt").contains("](types/EncryptedChat.md)"));
    assert!(file("index.html").contains("methods/index.html#messages"));
    assert!(site.file("methods/messages.sendNothing.html").unwrap().is_none());
}

#[test]
fn pages_say_what_is_true_of_the_server_and_of_layers() {
    let model = Model::load().unwrap();
    let (prose, _) = Prose::embedded(&model);
    let catalogue = Catalogue::new(&model, &prose, None);
    let site = Site::new(&catalogue).unwrap();
    let holds = |path: &str, parts: &[&str]| {
        let text = site.file(path).unwrap().unwrap_or_else(|| panic!("there is no {path}"));
        for part in parts {
            assert!(text.contains(part), "{part} is not in {path}:\n{text}");
        }
    };
    holds("methods/invokeWithLayer.html", &["Embedded server answers it"]);
    holds("methods/auth.signIn.md", &["SESSION\\_PASSWORD\\_NEEDED"]);
    holds("errors/SESSION_PASSWORD_NEEDED.html", &["Embedded server can give it"]);
    // What was there at the beginning of the record may be older.
    holds("methods/messages.sendEncryptedService.html", &["In all observed layers (158 or earlier)"]);
    holds(
        "methods/messages.sendEncryptedService.md",
        &["## Layers\n\nIn all observed layers (158 or earlier).\n"],
    );
    holds("constructors/channel.html", &["Up to layer 160", "The shape above is there since layer"]);
    // Below the API there are bytes and no programs.
    holds(
        "mtproto/methods/req_pq_multi.md",
        &[
            "# req\\_pq\\_multi\n",
            "No program here: ",
            "| 0 | `f18e7ebe` | method | `req_pq_multi#be7e8ef1` |",
        ],
    );
    let young =
        model.methods().iter().find(|it| it.layers.as_ref().is_some_and(|layers| layers.first() > 204));
    let path = format!("methods/{}", young.unwrap().name());
    let why =
        "No JavaScript or TypeScript here: GramJS 2.26 speaks layer 198, which does not have this method.";
    holds(&format!("{path}.md"), &[why]);
    holds(&format!("{path}.html"), &[why]);
    holds(
        "errors/FLOOD_WAIT_X.md",
        &["`%d` stands for a number", "[[faults]]\nfault = \"answer\"\n", "error = \"FLOOD_WAIT_31\""],
    );
}

#[test]
fn a_short_summary_of_a_constructor_comes_after_that_of_its_type() {
    let model = Model::load().unwrap();
    let types = "[EncryptedChat]\nsummary = 'A secret chat.'\n\n\
                 [EncryptedChat.constructors.encryptedChatEmpty]\nsummary = 'There is none.'\n";
    let guide = "# How it works\n\nThe whole story.\n\n## More\n\nText.\n";
    let method = "[sendEncrypted]\nrelated = ['guide:story']\n";
    let files = [("types/a.toml", types), ("guides/story.md", guide), ("methods/messages.toml", method)];
    let (prose, problems) = Prose::read(&model, files.map(|(name, text)| (name.to_owned(), text.to_owned())));
    assert_eq!(problems, []);
    let catalogue = Catalogue::new(&model, &prose, None);
    let site = Site::new(&catalogue).unwrap();
    let both = "A secret chat. There is none.";
    let page = site.file("constructors/encryptedChatEmpty.html").unwrap().unwrap();
    assert!(page.contains(&format!("<meta name=\"description\" content=\"{both}\">")), "{page}");
    assert!(page.contains("<p class=\"lead\">There is none.</p>"), "{page}");
    let all = site.file("llms.txt").unwrap().unwrap();
    assert!(all.contains(&format!("(constructors/encryptedChatEmpty.md): {both}\n")));
    // The card of a guide has its first paragraph.
    let page = site.file("methods/messages.sendEncrypted.html").unwrap().unwrap();
    assert!(page.contains("How it works</a><p>The whole story.</p>"), "{page}");
}

#[test]
fn a_page_without_prose_shows_no_empty_section() {
    let model = Model::load().unwrap();
    let (prose, _) = Prose::read(&model, []);
    let catalogue = Catalogue::new(&model, &prose, None);
    let site = Site::new(&catalogue).unwrap();
    // Every fifth: without optimisation all of them take half a minute.
    for number in (0..catalogue.len()).step_by(5) {
        let page = catalogue.page(number).unwrap();
        let markdown = site.file(&format!("{}.md", page.path())).unwrap().unwrap();
        let lines: Vec<_> = markdown.lines().filter(|line| !line.is_empty()).collect();
        let empty = |pair: &&[&str]| pair[0].starts_with("## ") && pair[1].starts_with("## ");
        let found = lines.windows(2).find(empty);
        assert!(
            found.is_none() && !lines.last().is_some_and(|line| line.starts_with('#') && lines.len() > 1),
            "{}: {found:?}\n{markdown}",
            page.path()
        );
    }
}
