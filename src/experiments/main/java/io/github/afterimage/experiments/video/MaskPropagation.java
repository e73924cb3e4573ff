package io.github.afterimage.experiments.video;

import io.github.afterimage.ElementType;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.KeySet;
import io.github.afterimage.Query;
import io.github.afterimage.experiments.segmentation.Mask;
import io.github.afterimage.experiments.segmentation.ShareMemory;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.network.PatchFeatures;
import io.github.afterimage.model.network.Planes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.stream.LongStream;

/**
 * Carries the mask of an object through a sequence. The memory holds the patches of the first frame with its true mask, and
 * those of the last frames with the masks that were predicted. Patches are asked in squares, and only keys near the square
 * answer. Not thread-safe.
 */
final class MaskPropagation implements AutoCloseable {
    private static final int CLASSES = 2;
    /** Patches on a side of a square that is asked in one query. */
    private static final int SQUARE = 6;

    private final PatchFeatures features;
    private final PropagationOptions options;
    private final ShareMemory memory;
    private final long first; // the id of the first key
    private final Deque<Long> last = new ArrayDeque<>(); // the ids of the first keys of the last frames

    /**
     * Begins with the true mask of the first frame: 1 for the object, 0 elsewhere.
     *
     * @param name of the frame in messages
     */
    MaskPropagation(PatchFeatures features, PropagationOptions options, String name, Image frame, Mask mask) {
        this.features = features;
        this.options = options;
        this.memory = new ShareMemory(features.dim(), CLASSES, ElementType.FLOAT32, options.threads());
        this.first = add(features.keys(name, frame), mask);
    }

    private long add(float[] rows, Mask mask) {
        return memory.add(rows, mask.shares(features.height(), features.width(), CLASSES));
    }

    /** Predicts the mask of the next frame and remembers it. */
    Mask next(String name, Image frame) {
        float[] rows = features.keys(name, frame);
        Planes shares = Planes.ofRows(shares(rows), features.height(), features.width());
        Mask mask = Mask.ofGreatest(shares.resized(frame.height(), frame.width()));
        last.add(add(rows, mask));
        if (last.size() > options.last()) {
            long oldest = last.remove();
            memory.remove(
                    LongStream.range(oldest, oldest + features.positions()).toArray());
        }
        return mask;
    }

    private float[] shares(float[] rows) {
        float[] shares = new float[features.positions() * CLASSES];
        for (int top = 0; top < features.height(); top += SQUARE) {
            for (int left = 0; left < features.width(); left += SQUARE) {
                answer(new Square(top, left), rows, shares);
            }
        }
        return shares;
    }

    /** The patches from a row and a column on. */
    private record Square(int top, int left) {}

    private void answer(Square square, float[] rows, float[] shares) {
        int dim = features.dim();
        int bottom = Math.min(square.top + SQUARE, features.height());
        int width = Math.min(SQUARE, features.width() - square.left);
        float[] asked = new float[(bottom - square.top) * width * dim];
        for (int row = square.top; row < bottom; row++) {
            int from = (row * features.width() + square.left) * dim;
            System.arraycopy(rows, from, asked, (row - square.top) * width * dim, width * dim);
        }
        Query query = Query.of(asked).only(KeySet.ids(near(square)));
        float[] answers =
                memory.shares(query, options.nearest(), options.theta()).get(0);
        for (int row = square.top; row < bottom; row++) {
            int to = (row * features.width() + square.left) * CLASSES;
            System.arraycopy(answers, (row - square.top) * width * CLASSES, shares, to, width * CLASSES);
        }
    }

    private long[] near(Square square) {
        int top = Math.max(0, square.top - options.window());
        int bottom = Math.min(features.height(), square.top + SQUARE + options.window());
        int left = Math.max(0, square.left - options.window());
        int right = Math.min(features.width(), square.left + SQUARE + options.window());
        return LongStream.concat(LongStream.of(first), last.stream().mapToLong(Long::longValue))
                .flatMap(frame -> LongStream.range(top, bottom)
                        .map(row -> frame + row * features.width())
                        .flatMap(start -> LongStream.range(start + left, start + right)))
                .toArray();
    }

    @Override
    public void close() {
        memory.close();
    }

    /**
     * How a mask is carried from frame to frame.
     *
     * @param theta sharpness of the memory
     * @param nearest number of keys that answer a patch
     * @param last number of frames in memory, beside the first
     * @param window how many patches away, at most, a key may be from the square of patches that are asked together
     * @param threads number of threads of a query
     */
    record PropagationOptions(double theta, int nearest, int last, int window, int threads) {
        /** @throws IllegalArgumentException if a number is out of range */
        public PropagationOptions {
            Hyperparameters unused = new Hyperparameters(theta, 1);
            requireAtLeast(1, "nearest", nearest);
            requireAtLeast(0, "last", last);
            requireAtLeast(1, "window", window);
        }

        private static void requireAtLeast(int least, String name, int value) {
            if (value < least) {
                throw new IllegalArgumentException(name + " " + value + ": expected " + least + " or more");
            }
        }
    }
}
