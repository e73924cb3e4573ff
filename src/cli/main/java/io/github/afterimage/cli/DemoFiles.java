package io.github.afterimage.cli;

import io.github.afterimage.cli.output.ProgramJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The network, the index and the test features of {@code demo} in a folder. */
record DemoFiles(Path folder) {
    static final String INDEX = "cifar10.safetensors";
    static final String TEST = "cifar10-test.safetensors";
    private static final String NETWORK = "cifar10_resnet.onnx";
    private static final Path MODELS = Path.of("models");

    /** Finds the folder models: in the current folder, beside the program's jar, or beside the jar's folder. */
    static DemoFiles find() throws IOException {
        List<Path> candidates = new ArrayList<>(List.of(MODELS));
        ProgramJar.folder().ifPresent(folder -> {
            candidates.add(folder.resolve(MODELS));
            candidates.add(folder.resolveSibling(MODELS));
        });
        for (Path candidate : candidates) {
            if (Files.isRegularFile(candidate.resolve(INDEX))) {
                return new DemoFiles(candidate);
            }
        }
        String searched = candidates.stream().map(Path::toString).collect(Collectors.joining(", "));
        throw new NoSuchFileException(
                INDEX, null, "no such file in " + searched + "; name the repository's models folder with --models DIR");
    }

    Path index() throws IOException {
        return require(INDEX);
    }

    Path test() throws IOException {
        return require(TEST);
    }

    private Path require(String name) throws IOException {
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(
                    file.toString(), null, "no such file; name the repository's models folder with --models DIR");
        }
        return file;
    }

    /** Returns commands for the user's own images. */
    List<String> commands() {
        String program = ProgramJar.command();
        return List.of(
                program + " predict --index " + ProgramJar.typed(folder.resolve(INDEX)) + " --model "
                        + ProgramJar.typed(folder.resolve(NETWORK)) + " IMAGE.png",
                program + " layers NETWORK.onnx",
                program + " build --model NETWORK.onnx --layers LAYER --data images:FOLDER --reduce pca:128"
                        + " --out my.safetensors");
    }
}
