package io.github.afterimage.experiments.attacks;

import io.github.afterimage.experiments.images.ImageSpace;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/**
 * Sets one pixel to the lower bound in all channels, then to the upper bound, for pixels in random order, until the class
 * changes.
 *
 * @param pixels the maximum number of pixels to try in each image
 * @param seed the seed of the orders; each image has its own order
 */
public record SinglePixel(int pixels, long seed) implements Attack {
    private static final int CANDIDATES = 256; // of all images, in one call

    @Override
    public String name() {
        return "single pixel";
    }

    @Override
    public AdversarialImages run(Target target, ImageSpace space, float[] images) {
        return runTogether(tried -> List.of(target.answer(tried)), space, images)
                .get(0);
    }

    /**
     * Attacks several classifiers that share a part of their computation. All see the same changes in the same order, so each
     * result equals that of an attack on the classifier alone.
     *
     * @param targets returns the answers of all classifiers to images, as {@link Target#answer} does
     * @return the result for each classifier
     */
    public List<AdversarialImages> runTogether(
            Function<float[], List<Target.Answer>> targets, ImageSpace space, float[] images) {
        List<AdversarialImages> results = targets.apply(images).stream()
                .map(clean -> new AdversarialImages(clean, images, space.values()))
                .toList();
        int[][] orders = new int[images.length / space.values()][];
        Random random = new Random(seed);
        for (int image = 0; image < orders.length; image++) {
            orders[image] = order(space.height() * space.width(), random);
        }
        int limit = Math.min(pixels, space.height() * space.width());
        for (int tried = 0; tried < limit; ) {
            ImageSubset left = ImageSubset.of(
                    images, space.values(), image -> results.stream().anyMatch(result -> !result.succeeded(image)));
            if (left.isEmpty()) {
                break;
            }
            int each = Math.min(limit - tried, Math.max(1, CANDIDATES / 2 / left.which().length));
            for (int first = 0; first < left.which().length; first += CANDIDATES / 2) {
                int count = Math.min(CANDIDATES / 2, left.which().length - first);
                int[] which = new int[count * each * 2];
                for (int row = 0; row < which.length; row++) {
                    which[row] = left.which()[first + row / (2 * each)];
                }
                float[] changed = changed(space, images, which, orders, tried, each);
                List<Target.Answer> answers = targets.apply(changed);
                for (int i = 0; i < answers.size(); i++) {
                    keepFirst(results.get(i), which, changed, answers.get(i));
                }
            }
            tried += each;
        }
        return results;
    }

    /**
     * Makes the next changes of some images: each pixel with its two values.
     *
     * @param which the image of each change
     * @param each number of pixels to change in each image, one at a time
     */
    private static float[] changed(ImageSpace space, float[] images, int[] which, int[][] orders, int tried, int each) {
        int values = space.values();
        float[] changed = new float[which.length * values];
        for (int row = 0; row < which.length; row++) {
            System.arraycopy(images, which[row] * values, changed, row * values, values);
            int pixel = orders[which[row]][tried + row / 2 % each];
            float value = row % 2 == 0 ? space.min() : space.max();
            for (int channel = 0; channel < space.channels(); channel++) {
                changed[row * values + space.offset(channel, pixel / space.width(), pixel % space.width())] = value;
            }
        }
        return changed;
    }

    /** Keeps the first change that succeeds, as if changes were tried one by one. */
    private static void keepFirst(AdversarialImages result, int[] which, float[] changed, Target.Answer answer) {
        for (int row = 0; row < which.length; row++) {
            if (!result.succeeded(which[row])) {
                result.offer(row, which[row], changed, answer);
            }
        }
    }

    private static int[] order(int count, Random random) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            int other = random.nextInt(i + 1);
            order[i] = order[other];
            order[other] = i;
        }
        return order;
    }
}
