package io.github.afterimage.serve.models;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CorruptIndexException;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.StoredIndex;
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
import java.util.stream.Stream;

/** Finds the models in a folder: every index, with the network in the same folder that its keys were made with. */
public final class ModelFolder {
    private static final String INDEX = ".safetensors";
    private static final String NETWORK = ".onnx";

    private ModelFolder() {}

    /**
     * A model in a folder.
     *
     * @param name the name of the index's file, without its ending
     * @param network empty if the folder does not hold the network, or the keys were made from features
     */
    public record Found(String name, Path index, Optional<Path> network) {}

    /**
     * Lists the models of a folder in the order of their names. A file that is no index is left out, and the log says so.
     *
     * @throws NoSuchFileException if there is no index in the folder
     */
    public static List<Found> list(Path folder) throws IOException {
        Map<String, Path> networks = new HashMap<>();
        for (Path file : files(folder, NETWORK)) {
            networks.put(Network.sha256(file), file);
        }
        List<Path> candidates = files(folder, INDEX);
        Set<Path> parts = new HashSet<>();
        List<Path> indexes = new ArrayList<>();
        for (Path file : candidates) {
            try {
                List<Path> own = StoredIndex.files(file);
                parts.addAll(own.subList(1, own.size()));
                indexes.add(file);
            } catch (CorruptIndexException e) {
                System.getLogger(ModelFolder.class.getName())
                        .log(System.Logger.Level.INFO, "not served: " + e.getMessage());
            }
        }
        indexes.removeAll(parts);
        if (indexes.isEmpty()) {
            throw new NoSuchFileException(
                    folder.toString(), null, "no index in this folder; expected at least one file NAME" + INDEX);
        }
        List<Found> found = new ArrayList<>();
        for (Path index : indexes) {
            String file = index.getFileName().toString();
            found.add(new Found(
                    file.substring(0, file.length() - INDEX.length()),
                    index,
                    source(index).map(KeySource::sha256).map(networks::get)));
        }
        return found;
    }

    private static Optional<KeySource> source(Path file) throws IOException {
        try (CacheIndex withoutKeys = CacheIndex.open(file, new OpenOptions().parts(0, 0))) {
            return KeySource.of(withoutKeys);
        }
    }

    private static List<Path> files(Path folder, String ending) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(ending)
                            && !file.getFileName().toString().startsWith("."))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        }
    }
}
