package io.github.afterimage.experiments.trial;

import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.BatchReader;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.ExamplesView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the features and probabilities of examples in a file, so that the network runs once for each. The file grows batch by
 * batch: a run that was killed continues behind the last whole row.
 */
final class KeptExamples extends ExamplesView implements BatchReader {
    private static final int BATCH = 16; // so little is lost with a process, and the time left is known soon
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private final Examples source;
    private final Path file; // for each example its features, then its probabilities, float32
    private final int[] rows; // of the file

    private KeptExamples(Examples source, Path file, int[] rows) {
        super(source);
        this.source = source;
        this.file = file;
        this.rows = rows;
    }

    /** Reads examples from a file, after those that it lacks are computed and written. */
    static KeptExamples of(Examples source, Path file, Progress progress) throws IOException {
        KeptExamples kept =
                new KeptExamples(source, file, IntStream.range(0, source.size()).toArray());
        kept.complete(progress);
        return kept;
    }

    /** Returns the number of examples that a file has already. */
    static int count(Examples source, Path file) throws IOException {
        return Files.exists(file) ? (int) (Files.size(file) / rowBytes(source)) : 0;
    }

    /** Returns the bytes of an example in a file. */
    static long rowBytes(Examples source) {
        return (long) Float.BYTES * (source.dim() + source.views() * source.classes());
    }

    private void complete(Progress progress) throws IOException {
        int done = count(source, file);
        int[] missing = IntStream.range(done, size()).toArray();
        if (missing.length == 0) {
            return;
        }
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            channel.truncate(done * rowBytes(source)).position(done * rowBytes(source));
            Progress all = (count, total) -> progress.report(done + count, size());
            source.select(missing).forEachBatch(BATCH, all, batch -> append(batch, channel));
        }
    }

    private void append(Batch batch, FileChannel channel) throws IOException {
        int count = batch.labels().length;
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.toIntExact(count * rowBytes(source))).order(ORDER);
        FloatBuffer values = bytes.asFloatBuffer();
        for (int row = 0; row < count; row++) {
            values.put(batch.features().slice(row * dim(), dim()));
            if (hasProbabilities()) {
                int width = views() * classes();
                values.put(Objects.requireNonNull(batch.probabilities()), row * width, width);
            }
        }
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @Override
    public Examples select(int[] chosen) {
        return new KeptExamples(
                source.select(chosen),
                file,
                Arrays.stream(chosen).map(row -> rows[row]).toArray());
    }

    @Override
    public void forEachBatch(int maxBatch, Progress progress, Consumer consumer) throws IOException {
        BatchReader.super.forEachBatch(maxBatch, progress, consumer);
    }

    @Override
    public void read(int first, int count, FloatBuffer features, @Nullable FloatBuffer probabilities)
            throws IOException {
        int rowBytes = (int) rowBytes(source);
        ByteBuffer bytes = ByteBuffer.allocateDirect(rowBytes).order(ORDER);
        FloatBuffer row = bytes.asFloatBuffer();
        try (FileChannel channel = FileChannel.open(file)) {
            for (int i = first; i < first + count; i++) {
                read(channel, (long) rows[i] * rowBytes, bytes.clear());
                features.put(row.slice(0, dim()));
                if (probabilities != null) {
                    probabilities.put(row.slice(dim(), views() * classes()));
                }
            }
        }
    }

    private void read(FileChannel channel, long position, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, position + bytes.position()) < 0) {
                throw new IOException(file + " is shorter than before: delete it and try again");
            }
        }
    }
}
