package io.github.afterimage.cli;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Chromium without a window, which tests drive over its DevTools protocol. */
final class Chromium implements AutoCloseable {
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");
    private static final Pattern LISTENING = Pattern.compile("DevTools listening on ws://([^/]+)/");
    private static final Pattern SOCKET = Pattern.compile("\"webSocketDebuggerUrl\": \"([^\"]+)\"");

    private final Process process;
    private final Path profile;
    private final String address;

    private Chromium(Process process, Path profile, String address) {
        this.process = process;
        this.profile = profile;
        this.address = address;
    }

    /** Returns the program; skips the test if there is none. */
    static String installed() {
        Optional<String> program = Stream.of(
                        System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .flatMap(place -> NAMES.stream().map(name -> Path.of(place, name)))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
        Assumptions.assumeTrue(program.isPresent(), "skipped: none of " + NAMES + " is installed");
        return program.orElseThrow();
    }

    /** Starts the browser; skips the test if there is none. */
    static Chromium start(Path profile) throws IOException {
        Process process = new ProcessBuilder(
                        installed(),
                        "--headless",
                        "--no-sandbox", // the page is our own; without it, root cannot start the browser
                        "--disable-gpu",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        BufferedReader messages = process.errorReader();
        for (String line = messages.readLine(); line != null; line = messages.readLine()) {
            Matcher listening = LISTENING.matcher(line);
            if (listening.find()) {
                Thread reader = new Thread(() -> messages.lines().forEach(ignored -> {}), "chromium-messages");
                reader.setDaemon(true);
                reader.start();
                return new Chromium(process, profile, listening.group(1));
            }
        }
        throw new IOException("the browser ended before it listened");
    }

    /** Opens an empty tab. */
    BrowserTab open() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + address + "/json/new?about:blank"))
                .PUT(HttpRequest.BodyPublishers.noBody())
                .build();
        String tab = HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
        Matcher socket = SOCKET.matcher(tab);
        if (!socket.find()) {
            throw new IOException("the browser opened no tab: " + tab);
        }
        return new BrowserTab(URI.create(socket.group(1)));
    }

    @Override
    public void close() throws IOException {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join(); // it writes into its profile until it ends
        Files.deleteIfExists(profile.resolve("SingletonSocket")); // JUnit warns of links out of its folders
    }
}
