package io.github.afterimage.experiments.attacks;

import io.github.afterimage.experiments.images.GaussianFilter;
import io.github.afterimage.experiments.images.ImageSpace;

/**
 * Blurs the image with a Gaussian of ascending width until the class changes. {@link GaussianFilter} has the blur.
 *
 * @param widths the number of values of σ, evenly spaced up to the longer side, without 0
 */
public record GaussianBlur(int widths) implements Attack {
    @Override
    public String name() {
        return "Gaussian blur";
    }

    @Override
    public AdversarialImages run(Target target, ImageSpace space, float[] images) {
        AdversarialImages result = new AdversarialImages(target.answer(images), images, space.values());
        int side = Math.max(space.height(), space.width());
        for (int k = 1; k <= widths; k++) {
            ImageSubset left = ImageSubset.of(images, space.values(), image -> !result.succeeded(image));
            if (left.isEmpty()) {
                break;
            }
            double sigma = (double) k / widths * side;
            float[] blurred = GaussianFilter.blurred(left.values(), space, sigma);
            result.offer(left.which(), blurred, target.answer(blurred));
        }
        return result;
    }
}
