package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.JavaCommand;
import io.github.afterimage.model.data.Image;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The page of a server of its own, in a browser of its own; the server's network tells red, green and blue pictures apart. */
final class ServedPage implements AutoCloseable {
    private static final List<String> CLASSES = List.of("cherry", "grass", "sky");

    private final Path folder;
    private final Chromium browser;
    private final Process server;
    private final URI address;

    /** Starts both; skips the test if there is no browser. */
    ServedPage(Path folder) throws IOException {
        this.folder = folder;
        browser = Chromium.start(folder.resolve("profile"));
        for (int colour = 0; colour < 3; colour++) {
            byte[] pixel = new byte[3];
            pixel[colour] = (byte) 255;
            picture("keys/" + CLASSES.get(colour) + "/" + colour + ".bmp", 2, pixel);
        }
        build("index.safetensors");
        server = serve("index.safetensors");
        address = address(server);
    }

    /** Builds an index of three pictures, about which it is sure. */
    void build(String index) throws IOException {
        Path model = ColourModel.write(folder.resolve("colours.onnx"));
        Run.done(
                "build --model %s --layers hidden --data images:%s --thumbnails --spare-classes 2 --out %s",
                model, folder.resolve("keys"), folder.resolve(index));
        Run.warned(
                "these find themselves",
                "tune --index %s --model %s --data images:%s --theta 40 --save",
                folder.resolve(index),
                model,
                folder.resolve("keys"));
    }

    /** Starts a server of an index. */
    Process serve(String index, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of("serve", "--teach", "--port", "0", "--name", "colours"));
        command.addAll(List.of("--index", folder.resolve(index).toString()));
        command.addAll(List.of("--model", folder.resolve("colours.onnx").toString()));
        command.addAll(List.of(options));
        return new ProcessBuilder(JavaCommand.of(List.of(), Afterimage.class, command.toArray(String[]::new))).start();
    }

    /** Waits until a server has started; returns the address of its page. */
    static URI address(Process server) throws IOException {
        String line = server.errorReader().readLine();
        assertThat(line).contains("serving http://");
        return URI.create(line.substring(line.indexOf("http"))).resolve("/");
    }

    URI address() {
        return address;
    }

    /** Opens the page in a window of 1280 x 900 pixels; the server has forgotten earlier lessons. */
    BrowserTab open() throws IOException, InterruptedException {
        HttpRequest forget = HttpRequest.newBuilder(address.resolve("v2/models/colours/keys?name=taught/*"))
                .DELETE()
                .build();
        HttpClient.newHttpClient().send(forget, HttpResponse.BodyHandlers.discarding());
        return browser.open().sized(1280, 900, "light").load(address, PageUser.READY);
    }

    /** Writes a picture of one colour. */
    Path picture(String name, int side, byte... rgb) throws IOException {
        byte[] values = new byte[3 * side * side];
        for (int i = 0; i < values.length; i++) {
            values[i] = rgb[i / (side * side)];
        }
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, Image.ofBytes(side, side, values).encoded());
    }

    /** Writes a picture that is neither green nor blue. */
    Path teal() throws IOException {
        return picture("teal.bmp", 2, (byte) 20, (byte) 200, (byte) 190);
    }

    @Override
    public void close() throws IOException {
        server.destroyForcibly();
        browser.close();
    }
}
