"""The pivot table of README, made by LibreOffice from a workbook; its cells as JSON."""
import json, os, subprocess, sys, time
import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.sheet.DataPilotFieldOrientation import COLUMN, DATA, ROW
from com.sun.star.sheet.GeneralFunction import MAX, SUM
from com.sun.star.table import CellAddress

url, profile = sys.argv[1:]
pipe = 'pivot%d' % os.getpid()
office = subprocess.Popen(
    ['soffice', '--headless', '-env:UserInstallation=' + profile, '--accept=pipe,name=%s;urp;' % pipe],
    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
context = uno.getComponentContext()
resolver = context.ServiceManager.createInstanceWithContext('com.sun.star.bridge.UnoUrlResolver', context)
while True:
    try:
        remote = resolver.resolve('uno:pipe,name=%s;urp;StarOffice.ComponentContext' % pipe)
        break
    except Exception:
        if office.poll() not in (None, 81):
            sys.exit('LibreOffice has ended with %d' % office.poll())
        time.sleep(0.1)
desktop = remote.ServiceManager.createInstanceWithContext('com.sun.star.frame.Desktop', remote)
hidden = PropertyValue()
hidden.Name, hidden.Value = 'Hidden', True
document = desktop.loadComponentFromURL(url, '_blank', 0, (hidden,))
source = document.Sheets.getByName('asymmetry')
cursor = source.createCursor()
cursor.gotoEndOfUsedArea(False)
end = cursor.RangeAddress
document.Sheets.insertNewByName('pivot', 0)
sheet = document.Sheets.getByName('pivot')
tables = sheet.DataPilotTables
wanted = tables.createDataPilotDescriptor()
wanted.setSourceRange(source.getCellRangeByPosition(0, 0, end.EndColumn, end.EndRow).RangeAddress)
wanted.ShowFilterButton = False
fields = wanted.DataPilotFields
fields.getByName('bucket_start').Orientation = ROW
for name, function in (('read_bytes', SUM), ('written_bytes', SUM), ('pcr', MAX)):
    fields.getByName(name).Orientation = DATA
    fields.getByName(name).Function = function
fields.getByName('Data').Orientation = COLUMN
tables.insertNewByName('pivot', CellAddress(), wanted)
cursor = sheet.createCursor()
cursor.gotoEndOfUsedArea(False)
end = cursor.RangeAddress
cells = sheet.getCellRangeByPosition(0, 0, end.EndColumn, end.EndRow).DataArray
shown = [sheet.getCellByPosition(0, row).String for row in range(end.EndRow + 1)]
print(json.dumps({'cells': cells, 'shown': shown}))
document.close(True)
try:
    desktop.terminate()
except Exception:
    pass
office.wait()
