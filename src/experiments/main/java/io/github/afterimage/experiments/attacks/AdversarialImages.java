package io.github.afterimage.experiments.attacks;

import java.util.Arrays;

/** The smallest adversarial images that an attack found. Not thread-safe while an attack fills it. */
public final class AdversarialImages {
    private final float[] images;
    private final float[] found;
    private final int[] labels;
    private final double[] distances; // infinite until the attack succeeds
    private final int values;

    AdversarialImages(Target.Answer clean, float[] images, int values) {
        this.images = images;
        this.found = images.clone();
        this.values = values;
        labels = new int[images.length / values];
        Arrays.setAll(labels, clean::best);
        distances = new double[labels.length];
        Arrays.fill(distances, Double.POSITIVE_INFINITY);
    }

    /** Returns the number of attacked images. */
    public int count() {
        return labels.length;
    }

    /** Returns the class of the unchanged image, which the attack tries to change. */
    public int label(int image) {
        return labels[image];
    }

    /** Returns whether the class of an image changed. */
    public boolean succeeded(int image) {
        return distances[image] < Double.POSITIVE_INFINITY;
    }

    /** Returns a copy of the changed image, or of the unchanged image if the attack failed. */
    public float[] found(int image) {
        return Arrays.copyOfRange(found, image * values, (image + 1) * values);
    }

    /** Returns the size of the change, ‖x_adv - x‖ / ‖x‖; infinite if the attack failed. */
    public double relativeSize(int image) {
        double squares = 0;
        for (int i = image * values; i < (image + 1) * values; i++) {
            squares += (double) images[i] * images[i];
        }
        return distances[image] / Math.sqrt(squares);
    }

    /** Returns whether row {@code image} of changed images is closer to the original than the best so far. */
    boolean isCloser(int image, float[] changed) {
        return distance(image, changed, image) < distances[image];
    }

    private double distance(int image, float[] changed, int row) {
        double squares = 0;
        for (int i = 0; i < values; i++) {
            double change = (double) changed[row * values + i] - images[image * values + i];
            squares += change * change;
        }
        return Math.sqrt(squares);
    }

    /** Keeps the changed images that are adversarial and closer to the original than those so far. */
    void offer(int[] which, float[] changed, Target.Answer answer) {
        for (int row = 0; row < which.length; row++) {
            offer(row, which[row], changed, answer);
        }
    }

    /** Keeps one row of the changed images if it is adversarial and closer than before. */
    void offer(int row, int image, float[] changed, Target.Answer answer) {
        double distance = answer.best(row) == labels[image] ? Double.POSITIVE_INFINITY : distance(image, changed, row);
        if (distance < distances[image]) {
            distances[image] = distance;
            System.arraycopy(changed, row * values, found, image * values, values);
        }
    }
}
