package io.github.afterimage.cli;

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

    void move(String slider, String value) {
        tab.evaluate("(() => { const slider = document.getElementById('" + slider + "'); slider.value = " + value
                + "; slider.dispatchEvent(new Event('input', { bubbles: true })); })()");
    }

    void teach(String label) {
        tab.evaluate("document.getElementById('label').value = ''; document.getElementById('label').focus()");
        tab.type(label);
        tab.click("#remember");
        tab.await("!document.getElementById('change').hidden");
        rest();
    }

    Object keys() {
        return tab.evaluate("fetch('v2/models/colours/index').then(answer => answer.json()).then(index => index.keys)");
    }

    void undo() {
        tab.click("#undo");
        tab.await("document.getElementById('change').hidden");
        rest();
    }
}
