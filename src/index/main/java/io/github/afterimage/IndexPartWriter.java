package io.github.afterimage;

import io.github.afterimage.engine.RowEncoder;
import io.github.afterimage.file.PartitionedIndexFile;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyStore;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Builds one part of an index in memory, for several processes that each build parts of it; {@link PartitionedIndexWriter} is
 * for one process.
 *
 * <pre>{@code
 * Path file = Path.of("cache.safetensors");
 * CacheIndexBuilder builder = new CacheIndexBuilder(2, 3);
 * int firstNumber = IndexPartWriter.firstNumber(file);
 * try (IndexPartWriter part = builder.buildPart(0)) {
 *     part.add(KeyBatch.of(new float[] {1, 0, 0, 1}, new int[] {0, 1}));
 *     builder.completeParts(file, List.of(part.write(file, firstNumber)), firstNumber);
 * }
 * }</pre>
 *
 * <p>The process that completes the index holds its {@link io.github.afterimage.file.SaveLock} from {@link #firstNumber} until
 * {@link CacheIndexBuilder#completeParts} has returned.
 *
 * <p>Threads: for one thread. Lifetime: holds native memory until closed.
 */
public final class IndexPartWriter implements AutoCloseable {
    private final RowEncoder encoder;
    private final KeyStore keys;

    /** Takes over the encoder, unless it fails. */
    IndexPartWriter(RowEncoder encoder, KeyFormat format, long firstId) {
        this.encoder = encoder;
        keys = new KeyStore(format, 0, firstId);
    }

    /** Adds keys with all that belongs to them; see {@link CacheIndex#add(KeyBatch)}. */
    public void add(KeyBatch batch) {
        batch.encoder(encoder).add(batch.rows(), rows -> keys.add(rows));
    }

    /**
     * Writes the keys; there must be at least one.
     *
     * @param file the index that the part belongs to
     * @param number at least {@link #firstNumber}, another one for each part and each attempt to write it
     * @return a description of the part for {@link CacheIndexBuilder#completeParts}
     */
    public String write(Path file, int number) throws IOException {
        return new PartitionedIndexFile(file).write(number, keys);
    }

    /** Returns the least number that parts of a new index may have. */
    public static int firstNumber(Path file) throws IOException {
        return new PartitionedIndexFile(file).firstNumber();
    }

    @Override
    public void close() {
        encoder.close();
        keys.close();
    }

    @Override
    public String toString() {
        return "IndexPartWriter[key dim " + keys.dim() + ", " + keys.classes() + " classes, "
                + keys.type().shortName() + ", engine " + encoder.engine() + "]";
    }
}
