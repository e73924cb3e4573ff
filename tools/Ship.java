import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.Polygon;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Draws the ship of the examples, as large as the network of models/ wants it: {@code java tools/Ship.java models/pictures/ship.png}. */
class Ship {
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 1) {
            System.err.println("usage: java tools/Ship.java FILE");
            System.exit(2);
        }
        BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.scale(1 / 3.0, 1 / 3.0);
        graphics.setPaint(new GradientPaint(0, 0, new Color(0x8fb8e0), 0, 60, new Color(0xdde8f0)));
        graphics.fillRect(0, 0, 96, 60);
        graphics.setPaint(new GradientPaint(0, 60, new Color(0x3a6a90), 0, 96, new Color(0x1d4060)));
        graphics.fillRect(0, 60, 96, 36);
        fill(graphics, 0xf4f4f0, 28, 52, 28, 42, 66, 42, 70, 52); // the deck
        fill(graphics, 0xffffff, 36, 42, 36, 34, 54, 34, 58, 42); // the bridge
        fill(graphics, 0xc03020, 44, 34, 44, 22, 51, 22, 51, 34); // the funnel
        fill(graphics, 0x22303c, 6, 52, 90, 50, 80, 68, 16, 68); // the hull
        fill(graphics, 0x902018, 13, 63, 83, 63, 80, 68, 16, 68); // the keel
        ImageIO.write(image, "png", Path.of(arguments[0]).toFile());
    }

    private static void fill(Graphics2D graphics, int colour, int... points) {
        Polygon shape = new Polygon();
        for (int i = 0; i < points.length; i += 2) {
            shape.addPoint(points[i], points[i + 1]);
        }
        graphics.setColor(new Color(colour));
        graphics.fill(shape);
    }
}
