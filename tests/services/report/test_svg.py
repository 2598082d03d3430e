import xml.etree.ElementTree as ET

from markupsafe import Markup

from services.report.calibration_chart import FILE_STYLE
from services.report.svg import element, picture, standalone, text


def test_a_drawing_as_a_file_has_its_name_space_and_its_style():
    label = 'a > b & "c" <script>'
    drawing = picture(10, 20, label, [text(1, 2, "</style> & <b>", "tick")])
    root = ET.fromstring(standalone(drawing, FILE_STYLE))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.attrib["aria-label"] == label
    assert root.attrib["viewBox"] == "0 0 10 20"
    assert [(child.tag.rpartition("}")[2], child.text) for child in root] == [
        ("style", FILE_STYLE),
        ("text", "</style> & <b>"),
    ]


def test_an_inner_drawing_keeps_no_style_of_its_own():
    inner = element("svg", element("g"))
    written = standalone(picture(1, 1, "outer", [inner]), "g {}")
    assert written.count("xmlns=") == written.count("<style>") == 1
    assert isinstance(inner, Markup)
