package io.github.afterimage.attack;

import java.util.Random;

/**
 * Sets one pixel to the least value in all channels, then to the greatest, for pixels in random order, until the class
 * changes.
 *
 * @param pixels the most to be tried of each image
 * @param seed of the order, which is another for each image
 */
public record SinglePixel(int pixels, long seed) implements Attack {
    private static final int CANDIDATES = 256; // of all images in one call

    @Override
    public String name() {
        return "single pixel";
    }

    @Override
    public Result run(Target target, Space space, float[] images) {
        Result result = new Result(target.answer(images), images, space.values());
        int[][] orders = new int[result.count()][];
        Random random = new Random(seed);
        for (int image = 0; image < orders.length; image++) {
            orders[image] = order(space.height() * space.width(), random);
        }
        int most = Math.min(pixels, space.height() * space.width());
        for (int tried = 0; tried < most; ) {
            Batch left = Batch.of(images, space.values(), image -> !result.succeeded(image));
            if (left.isEmpty()) {
                break;
            }
            int each = Math.min(most - tried, Math.max(1, CANDIDATES / 2 / left.which().length));
            for (int first = 0; first < left.which().length; first += CANDIDATES / 2) {
                int count = Math.min(CANDIDATES / 2, left.which().length - first);
                attempt(target, space, result, left, first, count, orders, tried, each);
            }
            tried += each;
        }
        return result;
    }

    /** Tries the next pixels of some images; the first that works is kept, as if they were tried one by one. */
    private static void attempt(
            Target target,
            Space space,
            Result result,
            Batch left,
            int first,
            int count,
            int[][] orders,
            int tried,
            int each) {
        int values = space.values();
        int[] which = new int[count * each * 2];
        float[] changed = new float[which.length * values];
        for (int row = 0; row < which.length; row++) {
            int image = left.which()[first + row / (2 * each)];
            which[row] = image;
            System.arraycopy(result.image(image), 0, changed, row * values, values);
            int pixel = orders[image][tried + row / 2 % each];
            float value = row % 2 == 0 ? space.least() : space.greatest();
            for (int channel = 0; channel < space.channels(); channel++) {
                changed[row * values + space.place(channel, pixel / space.width(), pixel % space.width())] = value;
            }
        }
        Target.Answer answer = target.answer(changed);
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
