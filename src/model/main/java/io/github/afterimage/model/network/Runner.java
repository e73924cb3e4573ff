package io.github.afterimage.model.network;

import io.github.afterimage.platform.Lifetime;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** Runs a session batch by batch for several callers at once. Closing waits for running calls. Thread-safe. */
final class Runner implements AutoCloseable {
    // A buffer takes at most 256 MiB for any batch: one set of buffers must not exhaust a machine.
    private static final long MAX_BUFFER_FLOATS = (256L << 20) / Float.BYTES;

    /** Writes inputs. */
    interface Filler<E extends Exception> {
        /** Puts inputs first to first + count - 1 at the target's position. */
        void fill(int first, int count, FloatBuffer target) throws E;
    }

    private final Session session;
    private final ImageInput input;
    private final List<WeightedLayer> layers;
    private final ClassOutput output;
    private final int dim;
    private final int classes;
    private final int batch; // images per run; exactly this number if the model has a fixed batch
    private final Set<String> outputs = new LinkedHashSet<>();
    private final Map<String, Integer> sizes = new LinkedHashMap<>(); // of the input and the outputs
    private final Map<String, long[]> shapes = new LinkedHashMap<>(); // each run sets the first dimension, the batch

    private final Lifetime lifetime;
    private final Semaphore permits;
    private final Deque<BufferSet> pool = new ArrayDeque<>(); // guarded by itself

    Runner(
            Path model,
            Session session,
            ImageInput input,
            List<WeightedLayer> layers,
            ClassOutput output,
            NetworkSettings settings) {
        this.session = session;
        this.input = input;
        this.layers = layers;
        this.output = output;
        this.lifetime = new Lifetime("network " + model);
        this.permits = new Semaphore(settings.concurrency());
        Set<Layer> distinct = new LinkedHashSet<>();
        layers.forEach(each -> distinct.add(each.layer()));
        distinct.add(output.layer());
        long largest = input.size();
        sizes.put(input.name(), input.size());
        shapes.put(input.name(), input.shape(0));
        for (Layer layer : distinct) {
            outputs.add(layer.name());
            sizes.put(layer.name(), Math.toIntExact(layer.values()));
            shapes.put(layer.name(), layer.shape(0));
            largest = Math.max(largest, layer.values());
        }
        this.dim = WeightedLayer.dim(layers);
        this.classes = Math.addExact(output.classes().length, settings.spareClasses());
        this.batch = input.fixedBatch() > 0
                ? input.fixedBatch()
                : (int) Math.max(1, Math.min(settings.batch(), MAX_BUFFER_FLOATS / largest));
    }

    ImageInput input() {
        return input;
    }

    List<WeightedLayer> layers() {
        return layers;
    }

    ClassOutput output() {
        return output;
    }

    int dim() {
        return dim;
    }

    int classes() {
        return classes;
    }

    /** Implements {@link Network#run(List, FloatBuffer, FloatBuffer)}. */
    <E extends Exception> void run(
            int count, Filler<E> filler, @Nullable FloatBuffer activations, @Nullable FloatBuffer probabilities)
            throws E {
        requireRoom("activations", count, dim, activations);
        requireRoom("probabilities", count, classes, probabilities);
        lifetime.enter();
        try {
            permits.acquireUninterruptibly();
            BufferSet buffers = borrow();
            try {
                for (int first = 0; first < count; first += batch) {
                    runBatch(first, Math.min(batch, count - first), buffers, filler, activations, probabilities);
                }
            } finally {
                giveBack(buffers);
                permits.release();
            }
        } finally {
            lifetime.exit();
        }
        if (activations != null) {
            activations.position(activations.position() + count * dim);
        }
        if (probabilities != null) {
            probabilities.position(probabilities.position() + count * classes);
        }
    }

    private static void requireRoom(String name, int count, int columns, @Nullable FloatBuffer target) {
        if (count < 0) {
            throw new IllegalArgumentException("count " + count + " is negative");
        }
        if (target != null && (long) count * columns > target.remaining()) {
            throw new IllegalArgumentException("(" + count + ", " + columns + ") " + name + " need room for "
                    + (long) count * columns + " floats: the target has " + target.remaining());
        }
    }

    private <E extends Exception> void runBatch(
            int first,
            int count,
            BufferSet buffers,
            Filler<E> filler,
            @Nullable FloatBuffer activations,
            @Nullable FloatBuffer probabilities)
            throws E {
        int rows = input.fixedBatch() > 0 ? batch : count;
        buffers.reserve(rows);
        FloatBuffer images = buffers.get(input.name(), rows);
        filler.fill(first, count, images);
        while (images.hasRemaining()) { // the images do not fill a fixed batch
            images.put(0f);
        }
        images.rewind();
        Map<String, FloatBuffer> results = new LinkedHashMap<>();
        outputs.forEach(name -> results.put(name, buffers.get(name, rows)));
        session.run(rows, Map.of(input.name(), images), results, shapes);
        if (activations != null) {
            int column = 0;
            for (WeightedLayer layer : layers) {
                copy(first, count, layer, buffers.get(layer.name(), rows), column, activations);
                column += layer.values();
            }
        }
        // Even without a target: scores that are not finite reveal a bad image.
        float[] row = new float[classes]; // spare classes stay 0
        for (int i = 0; i < count; i++) {
            output.probabilities(buffers.get(output.name(), rows), i * output.scores(), first + i, row);
            if (probabilities != null) {
                probabilities.put(probabilities.position() + (first + i) * classes, row);
            }
        }
    }

    private void copy(int first, int count, WeightedLayer layer, FloatBuffer source, int column, FloatBuffer target) {
        int values = layer.values();
        for (int i = 0; i < count; i++) {
            for (int j = i * values; j < (i + 1) * values; j++) {
                if (!Float.isFinite(source.get(j))) {
                    throw new IllegalArgumentException("layer \"" + layer.name() + "\" for image " + (first + i)
                            + " is " + source.get(j) + " at value " + (j - i * values)
                            + ": expected finite activations; check the image's values and the preprocessing");
                }
            }
            int start = target.position() + (first + i) * dim + column;
            if (layer.weight() == 1) {
                target.put(start, source, i * values, values);
            } else {
                for (int j = 0; j < values; j++) {
                    target.put(start + j, layer.weight() * source.get(i * values + j));
                }
            }
        }
    }

    private BufferSet borrow() {
        synchronized (pool) {
            BufferSet buffers = pool.pollFirst();
            return buffers != null ? buffers : new BufferSet(sizes);
        }
    }

    private void giveBack(BufferSet buffers) {
        synchronized (pool) {
            pool.addFirst(buffers);
        }
    }

    @Override
    public void close() {
        lifetime.close(() -> {
            session.close();
            pool.clear();
        });
    }
}
