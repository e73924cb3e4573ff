package io.github.afterimage;

import io.github.afterimage.engine.Engine;
import io.github.afterimage.engine.Workers;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.store.KeyStore;
import io.github.afterimage.store.PartedIndexFile;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * One part of an index that several processes build, each with a part in its memory; {@link PartitionedIndexWriter} is for one process.
 *
 * <p>Whoever builds the index holds its {@link io.github.afterimage.store.SaveLock} from {@link #firstNumber} until {@link
 * #complete} has returned.
 *
 * <p>Threads: for one thread. Lifetime: holds native memory until closed.
 */
public final class IndexPartWriter implements AutoCloseable {
    private final Reducer reducer;
    private final KeyStore keys;
    private final Workers workers;
    private final Engine engine;

    IndexPartWriter(CacheIndexBuilder builder, long firstId) {
        reducer = builder.reducer();
        keys = builder.keys(firstId, 0, reducer);
        workers = new Workers(builder.threads());
        engine = builder.engine();
    }

    /** Adds keys with names; see {@link CacheIndex#add(FloatBuffer, int[], List)}. */
    public void add(FloatBuffer features, int[] labels, List<String> names) {
        keys.add(StoredReduction.reduce(reducer, engine, features, "key", workers), labels, names);
    }

    /**
     * Writes the keys, of which there is at least one.
     *
     * @param file the index that the part is of
     * @param number from {@link #firstNumber} on, another one for each part and each attempt to write it
     * @return what {@link #complete} is to be told of it
     */
    public String write(Path file, int number) throws IOException {
        return new PartedIndexFile(file).write(number, keys);
    }

    /** The first number that parts of a new index may have. */
    public static int firstNumber(Path file) throws IOException {
        return new PartedIndexFile(file).firstNumber();
    }

    /**
     * Gives the parts their index, in place of what the file held, and deletes other parts that were attempted for it.
     *
     * @param builder with the settings that the parts were built with
     * @param parts what {@link #write} gave for each, in the order of their ids
     * @param firstNumber what {@link #firstNumber} gave before they were written
     */
    public static void complete(CacheIndexBuilder builder, Path file, List<String> parts, int firstNumber)
            throws IOException {
        PartedIndexFile index = new PartedIndexFile(file);
        Reducer reducer = builder.reducer();
        try {
            index.complete(builder.names(parts, reducer));
            index.deleteOthers(firstNumber);
        } finally {
            if (reducer != null) {
                reducer.close();
            }
        }
    }

    @Override
    public void close() {
        workers.close();
        keys.close();
        if (reducer != null) {
            reducer.close();
        }
    }

    @Override
    public String toString() {
        return "IndexPartWriter[key dim " + keys.dim() + ", " + keys.classes() + " classes, "
                + keys.type().shortName() + ", engine " + engine + "]";
    }
}
