//! `chappe docs serve`: pages are made when they are asked for.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use chappe_reference::page::Catalogue;
use chappe_reference::site::Site;

use super::{Library, ServeArgs};
use crate::failure::{Failure, Kind};
use crate::{interrupt, output};

/// Serves until Ctrl-C.
pub(super) async fn run(args: &ServeArgs) -> Result<(), Failure> {
    // They live as long as the program.
    let library: &'static Library = Box::leak(Box::new(Library::read_sound(&args.words)?));
    let catalogue: &'static Catalogue<'_> = Box::leak(Box::new(library.catalogue()));
    let site: &'static Site<'_> = Box::leak(Box::new(Site::new(catalogue)?));

    let listener = tokio::net::TcpListener::bind(args.listen).await.map_err(|error| {
        let cure = "choose another address with --listen, or port 0 for a free port";
        Failure::of(Kind::Failed, format!("cannot listen on {}: {error}; {cure}", args.listen))
    })?;
    output::line(format_args!("http://{}/", listener.local_addr()?))?;
    let router = Router::new().fallback(page).with_state(site);
    axum::serve(listener, router).with_graceful_shutdown(interrupt::interrupted()?).await?;
    Ok(())
}

async fn page(State(site): State<&'static Site<'static>>, uri: Uri) -> Response {
    let path = match uri.path().trim_start_matches('/') {
        "" => "index.html".to_owned(),
        folder if folder.ends_with('/') => format!("{folder}index.html"),
        path => path.to_owned(),
    };
    let made = tokio::task::spawn_blocking(move || {
        let text = site.file(&path)?;
        let status = if text.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
        let (path, text) = match text {
            Some(text) => (path, Some(text)),
            None => ("404.html".to_owned(), site.file("404.html")?),
        };
        Ok::<_, chappe_reference::render::RenderError>((
            status,
            content_type(&path),
            text.unwrap_or_default(),
        ))
    });
    match made.await {
        Ok(Ok((status, kind, text))) => (status, [(header::CONTENT_TYPE, kind)], text).into_response(),
        Ok(Err(error)) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "md" => "text/markdown; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    }
}
