package io.github.afterimage.serve.models;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Opens a model from its files: at the start, and again when a file has changed.
 *
 * @param files the index, then the network if there is one
 * @param taught whether keys may be changed, which {@link Opening} keeps in a log beside the index
 * @param <T> {@link io.github.afterimage.CacheIndex} or {@link io.github.afterimage.model.CacheModel}
 */
public record ModelSource<T extends AutoCloseable>(List<Path> files, boolean taught, Opening<T> opening) {
    /** Copies the list. */
    public ModelSource {
        files = List.copyOf(files);
    }

    /** Opens a model. */
    public interface Opening<T> {
        /**
         * Opens the model.
         *
         * @param taught whether the index keeps its changes in a log
         */
        T open(boolean taught) throws IOException;
    }

    Path index() {
        return files.get(0);
    }

    T open() throws IOException {
        return opening.open(taught);
    }
}
