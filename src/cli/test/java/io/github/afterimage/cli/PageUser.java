package io.github.afterimage.cli;

import java.net.URI;
import java.nio.file.Path;

/** A user of the page of {@code serve}: each action ends when the page has answered it. */
final class PageUser {
    /** The page has loaded. */
    static final String READY = "document.querySelector('#at-hand-list > li')";
    /** The page has answered for a first picture. */
    static final String ANSWERED = "!document.getElementById('lesson').hidden";

    private final BrowserTab tab;

    PageUser(BrowserTab tab) {
        this.tab = tab;
    }

    void ask(Path picture) {
        tab.evaluate("document.getElementById('lesson').hidden = true"); // that of an earlier picture
        tab.choose("#file", picture);
        tab.await(ANSWERED);
        rest();
    }

    /** Waits until no answer is awaited, and the bars have come to rest. */
    void rest() {
        tab.await("!document.querySelector('.waiting') && !document.querySelector('#teach[aria-busy=true]')");
    }

    String cell(String className, int column) {
        return tab.evaluate(
                        "[...document.querySelectorAll('#bars tbody tr')].find(row => row.cells[0].textContent === '"
                                + className + "').cells[" + column + "].textContent")
                .toString();
    }

    void teach(String label) {
        tab.evaluate("document.getElementById('label').value = ''; document.getElementById('label').focus()");
        tab.type(label);
        tab.click("#remember");
        tab.await("/The memory gives/.test(document.getElementById('change').textContent)");
        rest();
    }

    /**
     * Loads the page again, with another server in its eyes.
     *
     * @param path end of the requests that this concerns, without their query
     * @param change JavaScript that changes {@code answer}, an object, and may read {@code sent}, the body of the request
     */
    void load(URI page, String path, String change) {
        tab.call(
                "Page.addScriptToEvaluateOnNewDocument",
                "source",
                "{ const send = fetch; window.fetch = async (path, options) => { const reply = await send(path, options);"
                        + " if (!path.split('?')[0].endsWith('" + path + "')) return reply;"
                        + " const answer = await reply.json(); const sent = options?.body && JSON.parse(options.body); "
                        + change
                        + "; return Response.json(answer); }; }");
        tab.load(
                page,
                "document.readyState === 'complete' && !document.querySelector('#voices').textContent.startsWith('Loading')");
    }

    Object keys() {
        return tab.evaluate("fetch('v2/models/colours/index').then(answer => answer.json()).then(index => index.keys)");
    }

    void undo() {
        tab.click("#undo");
        tab.await("!/The memory gives/.test(document.getElementById('change').textContent)");
        rest();
    }
}
