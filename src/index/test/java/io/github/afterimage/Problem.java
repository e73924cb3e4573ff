package io.github.afterimage;

import java.util.Arrays;
import java.util.Random;

/**
 * Random keys with class structure, and queries near some of them: made from a seed, which its
 * name prints.
 */
public record Problem(
        long seed, int size, int dim, int classes, int batch, float[] keys, int[] labels, float[] queries) {

    public static Problem random(long seed, int size, int dim, int classes, int batch) {
        Random random = new Random(seed);
        float[][] centres = new float[classes][dim];
        for (float[] centre : centres) {
            for (int i = 0; i < dim; i++) {
                centre[i] = (float) random.nextGaussian();
            }
        }
        int[] labels = random.ints(size, 0, classes).toArray();
        float[] keys = new float[size * dim];
        for (int k = 0; k < size; k++) {
            for (int i = 0; i < dim; i++) {
                keys[k * dim + i] = (float) (centres[labels[k]][i] + random.nextGaussian());
            }
        }
        float[] queries = new float[batch * dim];
        for (int b = 0; b < batch; b++) {
            int near = random.nextInt(size);
            for (int i = 0; i < dim; i++) {
                queries[b * dim + i] = (float) (3 * (keys[near * dim + i] + 0.7 * random.nextGaussian()));
            }
        }
        return new Problem(seed, size, dim, classes, batch, keys, labels, queries);
    }

    public CacheIndexBuilder builder() {
        return new CacheIndexBuilder(dim, classes);
    }

    public CacheIndex index() {
        return index(1);
    }

    /** Returns this problem with the label of the first key for all keys of a picture. */
    public Problem ofPictures(int views) {
        int[] shared = new int[size];
        Arrays.setAll(shared, row -> labels[row - row % views]);
        return new Problem(seed, size, dim, classes, batch, keys, shared, queries);
    }

    /** Returns an index of pictures of several keys. */
    public CacheIndex index(int views) {
        int[] ofPictures = new int[size / views];
        Arrays.setAll(ofPictures, picture -> labels[picture * views]);
        CacheIndex index = builder().build();
        index.add(KeyBatch.of(keys, ofPictures).views(views));
        return index;
    }

    public Oracle oracle() {
        return new Oracle(keys, labels, dim, classes);
    }

    /** Returns the oracle of an index that holds some of the keys only. */
    public Oracle oracle(int[] chosen) {
        float[] someKeys = new float[chosen.length * dim];
        int[] someLabels = new int[chosen.length];
        for (int i = 0; i < chosen.length; i++) {
            System.arraycopy(keys, chosen[i] * dim, someKeys, i * dim, dim);
            someLabels[i] = labels[chosen[i]];
        }
        return new Oracle(someKeys, someLabels, dim, classes);
    }

    @Override
    public String toString() {
        return "seed " + seed + ": size " + size + ", dim " + dim + ", classes " + classes + ", batch " + batch;
    }
}
