package io.github.afterimage.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A tab of Chromium: loads a page, acts on it as a user does, and remembers its requests and the messages on its console. */
final class BrowserTab implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final WebSocket socket;
    private final AtomicInteger calls = new AtomicInteger();
    private final Map<Integer, CompletableFuture<Map<String, Object>>> answers = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> messages = new CopyOnWriteArrayList<>();

    BrowserTab(URI address) {
        socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(address, new Listener())
                .join();
        for (String domain : List.of("Page", "Runtime", "Log", "Network", "DOM")) {
            call(domain + ".enable");
        }
    }

    /** Gathers the parts of each message. Messages arrive one after the other. */
    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                received(text.toString());
                text.setLength(0);
            }
            from.request(1);
            return CompletableFuture.completedFuture(null);
        }
    }

    private void received(String text) {
        Map<String, Object> message;
        try {
            message = JSON.std.mapFrom(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (message.get("id") instanceof Integer id) {
            answers.remove(id).complete(message);
        } else {
            String parameters = String.valueOf(message.get("params"));
            switch (String.valueOf(message.get("method"))) {
                case "Network.requestWillBeSent" ->
                    requests.add(value(message, "params", "request", "url").toString());
                case "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded" ->
                    messages.add(parameters);
                default -> {}
            }
        }
    }

    private static Object value(Object from, String... path) {
        Object value = from;
        for (String name : path) {
            value = ((Map<?, ?>) value).get(name);
        }
        return value;
    }

    /** Calls a method of the DevTools protocol with parameters: names and values in turn. */
    Map<String, Object> call(String method, Object... namesAndValues) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            parameters.put(namesAndValues[i].toString(), namesAndValues[i + 1]);
        }
        int id = calls.incrementAndGet();
        CompletableFuture<Map<String, Object>> answer = new CompletableFuture<>();
        answers.put(id, answer);
        try {
            socket.sendText(JSON.std.asString(Map.of("id", id, "method", method, "params", parameters)), true)
                    .join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, Object> received =
                answer.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
        if (received.containsKey("error")) {
            throw new IllegalStateException(method + ": " + received.get("error"));
        }
        @SuppressWarnings("unchecked")
        Map<String, Object> result = (Map<String, Object>) received.get("result");
        return result;
    }

    /** Sets the size of the window and the colour scheme of the system. */
    BrowserTab sized(int width, int height, String scheme) {
        call(
                "Emulation.setDeviceMetricsOverride",
                "width",
                width,
                "height",
                height,
                "deviceScaleFactor",
                1,
                "mobile",
                false);
        call(
                "Emulation.setEmulatedMedia",
                "features",
                List.of(Map.of("name", "prefers-color-scheme", "value", scheme)));
        return this;
    }

    /** Loads a page, and waits until a JavaScript condition holds. */
    BrowserTab load(URI page, String ready) {
        call("Page.navigate", "url", page.toString());
        await(ready);
        return this;
    }

    /** Evaluates JavaScript; awaits a promise. */
    Object evaluate(String script) {
        Map<String, Object> result =
                call("Runtime.evaluate", "expression", script, "awaitPromise", true, "returnByValue", true);
        if (result.containsKey("exceptionDetails")) {
            throw new IllegalStateException(script + ": " + result.get("exceptionDetails"));
        }
        return value(result, "result", "value");
    }

    /** Returns the text of the element that a selector finds. */
    String text(String selector) {
        return String.valueOf(evaluate("document.querySelector('" + selector + "').textContent"));
    }

    /** Waits until a JavaScript condition holds. */
    void await(String condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!Boolean.TRUE.equals(evaluate("Boolean(" + condition + ")"))) {
            if (System.nanoTime() > end) {
                throw new AssertionError("the page does not come to " + condition + "; it shows "
                        + evaluate("document.body.innerText") + " and said " + messages);
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    void click(String selector) {
        evaluate("document.querySelector('" + selector + "').click()");
    }

    /** Types text into the element that has the focus. */
    void type(String text) {
        call("Input.insertText", "text", text);
    }

    /** Presses a key such as {@code Tab} and lets it go. */
    void press(String key, int code) {
        String text = key.equals("Enter") ? "\r" : key.equals(" ") ? " " : "";
        call("Input.dispatchKeyEvent", "type", "keyDown", "key", key, "windowsVirtualKeyCode", code, "text", text);
        call("Input.dispatchKeyEvent", "type", "keyUp", "key", key, "windowsVirtualKeyCode", code);
    }

    /** Chooses a file in an input. */
    void choose(String selector, Path file) {
        Object document = value(call("DOM.getDocument"), "root", "nodeId");
        Object input = call("DOM.querySelector", "nodeId", document, "selector", selector)
                .get("nodeId");
        call(
                "DOM.setFileInputFiles",
                "nodeId",
                input,
                "files",
                List.of(file.toAbsolutePath().toString()));
    }

    /** Drags a file over a place of the page, and drops it there. */
    void drop(Path file, int x, int y) {
        Map<String, Object> data = Map.of(
                "items", List.of(), "files", List.of(file.toAbsolutePath().toString()), "dragOperationsMask", 1);
        for (String type : List.of("dragEnter", "dragOver", "drop")) {
            call("Input.dispatchDragEvent", "type", type, "x", x, "y", y, "data", data);
        }
    }

    /** Returns the addresses that the page asked for, apart from data that it holds itself. */
    List<String> requests() {
        return requests.stream()
                .filter(address -> !address.startsWith("data:") && !address.startsWith("blob:"))
                .toList();
    }

    /** Returns the messages on the console. */
    List<String> messages() {
        return messages;
    }

    @Override
    public void close() {
        call("Page.close");
        socket.abort();
    }
}
