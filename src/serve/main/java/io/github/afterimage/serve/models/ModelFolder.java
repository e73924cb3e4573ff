package io.github.afterimage.serve.models;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds the models in a folder: every index, with the network in the same folder that its keys were made with.
 *
 * <p>Threads: thread-safe.
 */
public final class ModelFolder {
    private static final String INDEX = ".safetensors";
    private static final String NETWORK = ".onnx";
    /** The name of a part: that of the index, and a number from 0001 on, of at most 9 digits. */
    private static final Pattern PART =
            Pattern.compile("(.+)[.](?!0000)(?:[0-9]{4}|[1-9][0-9]{4,8})" + Pattern.quote(INDEX));

    private final Path folder;
    /** The indexes at the last look, and when they were last listed. */
    private Map<Path, FileVersion> seen = Map.of(); // guarded by this

    private Map<Path, FileVersion> listed = Map.of(); // guarded by this

    /** Names a folder. */
    public ModelFolder(Path folder) {
        this.folder = folder;
    }

    /**
     * A model in a folder.
     *
     * @param name the name of the index's file, without its ending
     * @param network empty if the folder does not hold the network, or the keys were made from features
     */
    public record Found(String name, Path index, Optional<Path> network) {}

    /**
     * Lists the models in the order of their names. A file that is no index is left out, and the log says so.
     *
     * @throws NoSuchFileException if there is no index in the folder
     */
    public synchronized List<Found> list() throws IOException {
        listed = versions();
        Map<String, Path> networks = new HashMap<>();
        for (Path file : files(NETWORK)) {
            networks.put(Network.sha256(file), file);
        }
        Set<Path> parts = new HashSet<>();
        List<Path> indexes = new ArrayList<>();
        List<Path> damaged = new ArrayList<>();
        for (Path file : files(INDEX)) {
            try {
                List<Path> own = StoredIndex.files(file);
                parts.addAll(own.subList(1, own.size()));
                indexes.add(file);
            } catch (CorruptIndexException e) {
                damaged.add(file);
                notServed(System.Logger.Level.INFO, String.valueOf(e.getMessage()));
            }
        }
        indexes.removeAll(parts);
        List<Path> whole = List.copyOf(indexes);
        indexes.removeIf(file ->
                isNamedAsPart(file, whole, "which does not have it: if it is an index of its own, give it another name")
                        || isNamedAsPart(file, damaged, "which cannot be read: repair that"));
        if (indexes.isEmpty()) {
            throw new NoSuchFileException(
                    folder.toString(), null, "no index in this folder; expected at least one file NAME" + INDEX);
        }
        List<Found> found = new ArrayList<>();
        for (Path index : indexes) {
            found.add(new Found(
                    name(index), index, source(index).map(KeySource::sha256).map(networks::get)));
        }
        return found;
    }

    /**
     * Lists the models that were added to the folder. A file is read when it has not changed between two calls, and again when
     * it has changed.
     *
     * @param served tells whether a model of this name is served, and no addition
     */
    public synchronized List<Found> added(Predicate<String> served) throws IOException {
        Map<Path, FileVersion> before = seen;
        seen = versions();
        boolean any = seen.entrySet().stream()
                .anyMatch(file -> !served.test(name(file.getKey()))
                        && !file.getValue().equals(listed.get(file.getKey()))
                        && file.getValue().equals(before.get(file.getKey())));
        return any ? list().stream().filter(found -> !served.test(found.name())).toList() : List.of();
    }

    /** Returns whether a file has the name of a part of one of these indexes, perhaps left behind by a former index. */
    private static boolean isNamedAsPart(Path file, List<Path> wholes, String reason) {
        Matcher part = PART.matcher(file.getFileName().toString());
        boolean named = part.matches() && wholes.contains(file.resolveSibling(part.group(1) + INDEX));
        if (named) {
            notServed(
                    System.Logger.Level.WARNING,
                    file + " has the name of a part of " + part.group(1) + INDEX + ", " + reason);
        }
        return named;
    }

    private static void notServed(System.Logger.Level level, String reason) {
        System.getLogger(ModelFolder.class.getName()).log(level, "not served: " + reason);
    }

    private Map<Path, FileVersion> versions() throws IOException {
        return files(INDEX).stream().collect(Collectors.toMap(Function.identity(), FileVersion::of));
    }

    /** Returns the name of the model of an index. */
    public static String name(Path index) {
        String file = index.getFileName().toString();
        return file.substring(0, file.length() - INDEX.length());
    }

    private static Optional<KeySource> source(Path file) throws IOException {
        try (CacheIndex withoutKeys = CacheIndex.open(file, new OpenOptions().parts(0, 0))) {
            return KeySource.of(withoutKeys);
        }
    }

    private List<Path> files(String ending) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(ending)
                            && !file.getFileName().toString().startsWith("."))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        }
    }
}
