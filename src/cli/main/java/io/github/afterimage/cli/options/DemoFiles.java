package io.github.afterimage.cli.options;

import io.github.afterimage.StoredIndex;
import io.github.afterimage.cli.output.ProgramJar;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The network, the index, and the features of test images, of lessons and of blurred images, of {@code demo} in a folder. */
public record DemoFiles(Path folder) {
    public static final String INDEX = "cifar10.safetensors";
    public static final String TEST = "cifar10-test.safetensors";
    /** The features of the first of the test images, blurred. */
    public static final String BLURRED = "cifar10-blurred.safetensors";

    /** The features of some of these test images that are answered wrong, each in all forms of {@code measure lessons}. */
    public static final String LESSONS = "cifar10-lessons.safetensors";

    private static final String DRAWINGS = "drawings.safetensors";
    private static final int DIGITS = 8;
    /** For new classes that a user of the demonstration teaches. */
    private static final int SPARE_CLASSES = 5;

    public static final String NETWORK = "cifar10_resnet.onnx";
    private static final Path MODELS = Path.of("models");

    /** Finds the folder models: in the current folder, beside the program's jar, or beside the jar's folder. */
    public static DemoFiles find() throws IOException {
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

    /**
     * Returns copies of the indexes of photographs and of drawings, with spare classes, which may be changed: in target, or in the
     * .cache of the user where there is no target. A copy that is there already stays, with the keys that were added to it.
     */
    public List<Path> taughtIndexes() throws IOException {
        Path target = Path.of("target");
        Path parent =
                Files.isDirectory(target) ? target : Path.of(System.getProperty("user.home"), ".cache", "afterimage");
        String network = Network.sha256(file(NETWORK)).substring(0, DIGITS);
        Path copies = parent.resolve("demo-" + network);
        try {
            Files.createDirectories(copies);
        } catch (FileSystemException e) {
            throw new IOException(
                    copies + " cannot be made (" + Failure.of(e).message()
                            + "), the folder of the copies that keep the keys which clients add: make a folder named"
                            + " target where you start the command, and they go there",
                    e);
        }
        for (String name : List.of(INDEX, DRAWINGS)) {
            if (!Files.exists(copies.resolve(name))) {
                try (StoredIndex stored = StoredIndex.open(file(name), true)) {
                    stored.addSpareClasses(copies.resolve(name), SPARE_CLASSES);
                }
            }
        }
        return List.of(copies.resolve(INDEX), copies.resolve(DRAWINGS));
    }

    /** Returns a file of this name, which must be there. */
    public Path file(String name) throws IOException {
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(
                    file.toString(), null, "no such file; name the repository's models folder with --models DIR");
        }
        return file;
    }

    /** Returns commands that a user may want next. */
    public List<String> commands() {
        String program = ProgramJar.command();
        Path picture = folder.resolve("pictures/ship.png");
        return List.of(
                program + " serve --demo",
                program + " predict --index " + ProgramJar.typed(folder.resolve(INDEX)) + " --model "
                        + ProgramJar.typed(folder.resolve(NETWORK)) + " "
                        + (Files.exists(picture) ? ProgramJar.typed(picture) : "IMAGE.png"),
                program + " try NETWORK.onnx --data images:FOLDER");
    }
}
