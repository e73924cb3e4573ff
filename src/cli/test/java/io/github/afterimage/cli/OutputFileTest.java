package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.cli.output.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
        assertThat(Run.failure(ExitCode.USAGE, arguments))
                .startsWith("afterimage: " + output + " is read by this command")
                .endsWith(": expected the name of another file to write");
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void anIndexIsNotReplacedByWhatIsMadeOfIt() throws IOException {
        assertRefused(index, "export", index, "--out", index);
        assertRefused(index, "features", "--index", index, "--data", examples, "--out", index);
        assertRefused(index, "evaluate", "--index", index, "--data", examples, "--predictions", index);
    }

    @Test
    void dataAreNotReplacedByWhatIsMadeOfThem() throws IOException {
        assertRefused(exampleFile, "build", "--data", examples, "--out", exampleFile);
        assertRefused(exampleFile, "build", "--data", examples + "#[0:2]", "--out", exampleFile);
        assertRefused(exampleFile, "features", "--index", index, "--data", examples, "--out", exampleFile);
        assertRefused(exampleFile, "evaluate", "--index", index, "--data", examples, "--predictions", exampleFile);
        Path work = folder.resolve("work");
        assertRefused(
                exampleFile,
                "sweep-size",
                "--data",
                TwoClasses.keys(folder),
                "--test",
                examples,
                "--work",
                work,
                "--page",
                exampleFile);
    }

    @Test
    void aPictureOfAFolderIsNotReplacedByWhatIsMadeOfIt() throws IOException {
        Path model = ColourModel.write(folder.resolve("colours.onnx"));
        Path picture = Files.createDirectories(folder.resolve("pictures/red")).resolve("1.png");
        Files.writeString(picture, "a picture");
        String data = "images:" + folder.resolve("pictures") + "[0:1]";
        assertRefused(picture, "build", "--model", model, "--layers", "hidden", "--data", data, "--out", picture);
        assertRefused(
                picture, "evaluate", "--index", index, "--model", model, "--data", data, "--predictions", picture);
        assertThat(picture).hasContent("a picture");
    }

    @Test
    void aNetworkIsNotReplacedByWhatIsMadeOfIt() throws IOException {
        Path model = ColourModel.write(folder.resolve("colours.onnx"));
        String data = "images:" + folder;
        assertRefused(model, "build", "--model", model, "--layers", "hidden", "--data", data, "--out", model);
        assertRefused(model, "evaluate", "--index", index, "--model", model, "--data", data, "--predictions", model);
        for (String command : new String[] {"attack", "jacobian"}) {
            assertRefused(model, command, "--index", index, "--model", model, "--data", data, "--page", model);
        }
    }

    @Test
    void safetensorsAreNotGivenTheNameOfAnotherFormat() {
        for (String name : new String[] {"out.npz", "out.npy", "out.faiss"}) {
            Path out = folder.resolve(name);
            for (Object[] command : new Object[][] {
                {"features", "--index", index, "--data", "features:none"},
                {"build", "--data", "features:none"},
                {"convert", index}
            }) {
                assertThat(Run.failure(ExitCode.USAGE, Run.join(List.of(command), "--out", out)))
                        .contains("--out " + out + ": expected a name such as .safetensors");
                assertThat(out).doesNotExist();
            }
        }
    }

    @Test
    void changedImagesDoNotReplaceThoseThatWereGiven() throws IOException {
        Path given = Files.writeString(folder.resolve("network-blur.npz"), "");
        assertRefused(
                given,
                "attack",
                "--index",
                index,
                "--model",
                "nowhere.onnx",
                "--data",
                "npz:" + given,
                "--save",
                folder);
    }

    @Test
    void anotherNameOfTheSameFileIsTheSameFile() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link.safetensors"), index);
        assertRefused(link, "export", index, "--out", link);
        assertRefused(index, "export", link, "--out", index);
    }
}
