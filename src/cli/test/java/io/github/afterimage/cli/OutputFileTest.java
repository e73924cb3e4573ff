package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A command never writes a file that it reads. */
class OutputFileTest {
    @TempDir
    private Path folder;

    private Path index;
    private String examples;
    private Path exampleFile;

    @BeforeEach
    void write() throws IOException {
        index = TwoClasses.index(folder);
        examples = TwoClasses.examples(folder);
        exampleFile = folder.resolve("examples.npz");
    }

    /** Lengths and times of all files: what was replaced by the same has another time. */
    private Map<Path, Object> files() throws IOException {
        Map<Path, Object> files = new TreeMap<>();
        try (Stream<Path> paths = Files.list(folder)) {
            for (Path path : paths.toList()) {
                files.put(path, Files.readAttributes(path, "size,lastModifiedTime,fileKey"));
            }
        }
        return files;
    }

    private void assertRefused(Path output, Object... arguments) throws IOException {
        Map<Path, Object> before = files();
        Run.refused(arguments)
                .startsWith("afterimage: " + output + " is read by this command")
                .endsWith(": expected the name of another file to write");
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void anIndexIsNotReplacedByWhatIsMadeOfIt() throws IOException {
        assertRefused(index, "export %s --out %s", index, index);
        assertRefused(index, "features --index %s --data %s --out %s", index, examples, index);
        assertRefused(index, "evaluate --index %s --data %s --predictions %s", index, examples, index);
    }

    @Test
    void dataAreNotReplacedByWhatIsMadeOfThem() throws IOException {
        assertRefused(exampleFile, "build --data %s --out %s", examples, exampleFile);
        assertRefused(exampleFile, "build --data %s#[0:2] --out %s", examples, exampleFile);
        assertRefused(exampleFile, "features --index %s --data %s --out %s", index, examples, exampleFile);
        assertRefused(exampleFile, "evaluate --index %s --data %s --predictions %s", index, examples, exampleFile);
        Path work = folder.resolve("work");
        assertRefused(
                exampleFile,
                "reproduce size --data %s --test %s --work %s --page %s",
                TwoClasses.keys(folder),
                examples,
                work,
                exampleFile);
    }

    @Test
    void aPictureOfAFolderIsNotReplacedByWhatIsMadeOfIt() throws IOException {
        Path model = ColourModel.write(folder.resolve("colours.onnx"));
        Path picture = Files.createDirectories(folder.resolve("pictures/red")).resolve("1.png");
        Files.writeString(picture, "a picture");
        String data = "images:" + folder.resolve("pictures") + "[0:1]";
        assertRefused(picture, "build --model %s --layers hidden --data %s --out %s", model, data, picture);
        assertRefused(
                picture, "evaluate --index %s --model %s --data %s --predictions %s", index, model, data, picture);
        assertThat(picture).hasContent("a picture");
    }

    @Test
    void aNetworkIsNotReplacedByWhatIsMadeOfIt() throws IOException {
        Path model = ColourModel.write(folder.resolve("colours.onnx"));
        String data = "images:" + folder;
        assertRefused(model, "build --model %s --layers hidden --data %s --out %s", model, data, model);
        assertRefused(model, "evaluate --index %s --model %s --data %s --predictions %s", index, model, data, model);
        assertRefused(model, "reproduce attacks --index %s --model %s --data %s --page %s", index, model, data, model);
    }

    @Test
    void safetensorsAreNotGivenTheNameOfAnotherFormat() {
        for (String name : new String[] {"out.npz", "out.npy"}) {
            Path out = folder.resolve(name);
            for (Object[] command : new Object[][] {
                {"features", "--index", index, "--data", "features:none"},
                {"build", "--data", "features:none"},
                {"convert", index}
            }) {
                Run.refused(command, "--out", out).contains("--out " + out + ": ", "name it out.safetensors");
                assertThat(out).doesNotExist();
            }
        }
    }

    @Test
    void aPageHasANameThatBrowsersKnow() throws IOException {
        Path page = folder.resolve("page.txt");
        for (Object[] command : new Object[][] {{"demo"}}) {
            Run.refused(command, "--page", page).contains("--page " + page + ": expected a name that ends in .html");
            assertThat(page).doesNotExist();
        }
    }

    @Test
    void changedImagesDoNotReplaceThoseThatWereGiven() throws IOException {
        Path given = Files.writeString(folder.resolve("network-blur.npz"), "");
        assertRefused(
                given,
                "reproduce attacks --index %s --model nowhere.onnx --data npz:%s --save %s",
                index,
                given,
                folder);
    }

    @Test
    void anotherNameOfTheSameFileIsTheSameFile() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link.safetensors"), index);
        assertRefused(link, "export %s --out %s", index, link);
        assertRefused(index, "export %s --out %s", link, index);
    }
}
