package io.github.afterimage.spark;

import io.github.afterimage.data.Image;
import io.github.afterimage.network.Network;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import org.apache.spark.sql.Row;

/** Runs the images of a partition through a network, some at a time, as their results are asked for. */
final class NetworkRuns<T> implements Iterator<T> {
    private static final int BATCH = 64;

    private final Iterator<Row> rows;
    private final Network network;
    private final Result<T> result;
    private final Queue<T> ready = new ArrayDeque<>();

    private NetworkRuns(Iterator<Row> rows, Network network, Result<T> result) {
        this.rows = rows;
        this.network = network;
        this.result = result;
    }

    /** Which image it is. */
    record Labelled(long id, int label) {}

    /** Makes a result of one image. */
    interface Result<T> {
        /** @param features {@code (network.dim())}, not normalised */
        T of(Labelled image, FloatBuffer features, float[] probabilities);
    }

    /** @param rows as {@link SparkImages} describes them */
    static <T> Iterator<T> of(Iterator<Row> rows, Network network, Result<T> result) {
        return new NetworkRuns<>(rows, network, result);
    }

    @Override
    public boolean hasNext() {
        if (ready.isEmpty() && rows.hasNext()) {
            run();
        }
        return !ready.isEmpty();
    }

    @Override
    public T next() {
        hasNext();
        return ready.remove();
    }

    private void run() {
        List<Labelled> labels = new ArrayList<>();
        List<Image> images = new ArrayList<>();
        while (images.size() < BATCH && rows.hasNext()) {
            Row row = rows.next();
            labels.add(new Labelled(row.getLong(0), row.getInt(1)));
            try {
                images.add(Image.decode("image " + row.getLong(0), row.<byte[]>getAs(2)));
            } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            }
        }
        int dim = network.dim();
        int classes = network.classes();
        FloatBuffer features = FloatBuffer.allocate(Math.multiplyExact(images.size(), dim));
        FloatBuffer probabilities = FloatBuffer.allocate(images.size() * classes);
        network.run(images, features, probabilities);
        for (int i = 0; i < labels.size(); i++) {
            float[] own = new float[classes];
            probabilities.get(i * classes, own);
            ready.add(result.of(labels.get(i), features.slice(i * dim, dim), own));
        }
    }
}
